import { describe, expect, it } from 'vitest';
import { judgeCanary } from '#control/judge-canary.ts';

const BOUNDS = { windowMs: 30_000, shareMax: 0.1 };

describe('judgeCanary', () => {
  it.each([
    // canary: failures of requests; others: failures of requests; elapsed ms; verdict
    [[0, 0], [0, 0], 0, 'open'],
    [[0, 0], [0, 0], 29_999, 'open'],
    [[0, 0], [0, 0], 30_000, 'good'],
    [[0, 1_000], [0, 1_000], 10_000, 'open'],
    [[19, 19], [0, 1_000], 10_000, 'open'],
    [[19, 19], [0, 1_000], 30_000, 'good'],
    [[20, 20], [0, 1_000], 10_000, 'bad'],
    [[20, 20], [0, 0], 10_000, 'bad'],
    [[2, 20], [0, 1_000], 10_000, 'open'],
    [[3, 20], [0, 1_000], 10_000, 'bad'],
    [[3, 20], [0, 1_000], 40_000, 'bad'],
    [[50, 100], [45, 100], 10_000, 'open'],
    [[50, 100], [45, 100], 30_000, 'good'],
    [[60, 100], [45, 100], 10_000, 'bad'],
  ] as const)('of %j beside %j after %i ms it says %s', (canary, others, elapsedMs, verdict) => {
    const counts = {
      canary: { failures: canary[0], requests: canary[1] },
      others: { failures: others[0], requests: others[1] },
      deaths: 0,
      elapsedMs,
    };
    expect(judgeCanary(counts, BOUNDS)).toBe(verdict);
  });

  it('takes a worker that died for a bad sign, however few requests there were', () => {
    const none = { failures: 0, requests: 0 };
    const counts = { canary: none, others: none, deaths: 1, elapsedMs: 30_000 };
    expect(judgeCanary(counts, BOUNDS)).toBe('bad');
  });
});
