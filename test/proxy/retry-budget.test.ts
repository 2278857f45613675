import { expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { RetryBudget } from '#proxy/balance/retry-budget.ts';
import { seededRandom } from '../support/seeded-random.ts';

function earned(requests: number): RetryBudget {
  const budget = new RetryBudget();
  for (let count = 0; count < requests; count += 1) budget.earn();
  return budget;
}

/** How many retries are granted in a row, at most `limit`. */
function grants(budget: RetryBudget, nowMs: number, limit = 10_000): number {
  let count = 0;
  while (count < limit && budget.spend(nowMs)) count += 1;
  return count;
}

const FLOOR = limits.retriesPerSecond;

it.each([
  // requests before  retries at once
  [0, FLOOR],
  [4, FLOOR],
  [5, FLOOR + 1],
  [100, FLOOR + 20],
  [1_000_000, FLOOR + limits.retriesSavedMax],
])('after %i requests grants %i retries at once', (requests, expected) => {
  expect(grants(earned(requests), 50)).toBe(expected);
});

it('grants a few again each second, however little traffic there is', () => {
  const budget = earned(0);
  expect(grants(budget, 5_000)).toBe(FLOOR);
  expect(grants(budget, 5_900)).toBe(0);
  expect(grants(budget, 6_000)).toBe(FLOOR);
  expect(grants(budget, 60_000)).toBe(FLOOR);
});

it.each([1, 2, 3, 4, 5])(
  'never adds more than its share to an outage in which each try fails, seed %i',
  (seed) => {
    const random = seededRandom(seed);
    const budget = new RetryBudget();
    let [nowMs, requests, retries] = [0, 0, 0];
    for (let step = 0; step < 20_000; step += 1) {
      nowMs += random.below(20);
      budget.earn();
      requests += 1;
      while (random.below(8) > 0 && budget.spend(nowMs)) retries += 1;
      const seconds = Math.floor(nowMs / 1_000) + 1;
      expect(retries).toBeLessThanOrEqual(requests / limits.requestsPerRetry + seconds * FLOOR);
    }
    expect(retries).toBeGreaterThan(requests / limits.requestsPerRetry);
  },
);
