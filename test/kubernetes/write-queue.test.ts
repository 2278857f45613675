// What a queue of writes does about the clock: how long it waits after a refusal.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '#kubernetes/api-error.ts';
import { WriteQueue } from '#kubernetes/write-queue.ts';

const SCHEDULE = {
  ...{ perSecond: 100, burst: 100, runningMax: 8, waitingMax: 100, restMs: 0 },
  retry: { baseMs: 100, maxMs: 1_000 },
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a write that the server wants later', () => {
  it.each([
    ['waits as it asks', 30_000, 29_000, 31_000],
    ['waits a minute at most, whatever it asks', 999_999_000, 59_000, 61_000],
    ['waits by our own measure where it does not say', null, 10, 110],
  ])('%s', async (_, retryAfterMs, tooEarlyMs, lateMs) => {
    let count = 0;
    const queue = new WriteQueue({
      schedule: SCHEDULE,
      write: async () => {
        count += 1;
        throw new ApiError({ status: 429, reason: 'TooMany', message: 'busy', retryAfterMs });
      },
      onFailure: () => 'retry',
    });
    queue.add(new Map([['a', { isUrgent: true }]]));
    await vi.advanceTimersByTimeAsync(1);
    await vi.advanceTimersByTimeAsync(tooEarlyMs);
    expect(count).toBe(1);
    await vi.advanceTimersByTimeAsync(lateMs - tooEarlyMs);
    expect(count).toBe(2);
    await queue.close();
  });
});
