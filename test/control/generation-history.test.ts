import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { NO_CAUSES } from '#control/causes.ts';
import { NO_PLANS } from '#control/compile-change.ts';
import { GenerationHistory } from '#control/generation-history.ts';

const MAX = limits.keptDifferenceMax;
const NONE = { added: 0, changed: 0, removed: 0, names: [] };

function historyOf(sizes: readonly number[]): GenerationHistory {
  const history = new GenerationHistory();
  for (const [index, sizeBytes] of sizes.entries()) {
    history.add({
      generation: index + 1,
      publishedAtMs: 0,
      rollbackOf: null,
      changed: { hosts: NONE, upstreams: NONE, certificates: NONE, sizeBytes },
      causes: NO_CAUSES,
      plans: NO_PLANS,
    });
  }
  return history;
}

describe('GenerationHistory', () => {
  it.each([
    // the bytes that each generation changed, oldest first; whether that is too much to hold
    [[], false],
    [[3 * MAX], false],
    // Most of a large table is the same in both.
    [[3 * MAX, 100], false],
    [[3 * MAX, 3 * MAX], false],
    [[100, MAX / 2, MAX / 2], false],
    [[100, MAX / 2, MAX / 2, 1], true],
    [[3 * MAX, 3 * MAX, 100], true],
  ])('that changed %j is too large: %j', (sizes, isTooLarge) => {
    expect(historyOf(sizes).isTooLarge).toBe(isTooLarge);
  });

  it('knows no generation that was withdrawn', () => {
    const history = historyOf([100, 100]);
    const last = history.last ?? expect.fail('there are two');
    history.addWithdrawn({ ...last, generation: 3 }, 4);
    expect([2, 3, 4, 5].map((one) => history.find(one)?.generation ?? null)).toEqual([
      2,
      null,
      2,
      null,
    ]);
    expect(history.withdrawnCount).toBe(1);
  });
});
