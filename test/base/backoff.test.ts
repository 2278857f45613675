import { describe, expect, it } from 'vitest';
import { backoffMs } from '#base/backoff.ts';

describe('backoffMs', () => {
  const backoff = { baseMs: 50, maxMs: 1_000 };

  it.each([
    // attempt, jitter, wait
    [0, 0, 50],
    [1, 0, 100],
    [2, 0, 200],
    [4, 0, 800],
    [5, 0, 1_000],
    [5_000, 0, 1_000],
    [0, 1, 25],
    [2, 0.5, 150],
    [5_000, 1, 500],
  ])('before retry %i with jitter %f waits %i ms', (attempt, jitter, expected) => {
    expect(backoffMs(backoff, attempt, jitter)).toBe(expected);
  });
});
