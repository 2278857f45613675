// How long a change is kept back, by which watches have been answered when.

import { describe, expect, it } from 'vitest';
import { ResyncHold } from '#kubernetes/resync-hold.ts';

const WHOLE = true;
const PART = false;

describe('a change is kept back', () => {
  // biome-ignore format: a table
  it.each<[string, [isWhole: boolean, nowMs: number][], number, number]>([
    // what                                answers                              asked at,  wait
    ['not while all is well',              [],                                         0,     0],
    ['not when a single watch returns',    [[WHOLE, 100]],                           100,     0],
    ['while others are awaited',           [[PART, 100]],                            100, 2_000],
    ['no longer than that',                [[PART, 100]],                          2_200,     0],
    ['from the first answer on',           [[PART, 100], [PART, 300]],               300, 1_800],
    ['a moment after the last answer',     [[PART, 100], [WHOLE, 110]],              110,    20],
    ['and no longer',                      [[PART, 100], [WHOLE, 110]],              130,     0],
    ['on, when one has to list after all', [[PART, 100], [WHOLE, 110], [PART, 120]], 120, 1_980],
    ['not after an answer that came late', [[PART, 100], [WHOLE, 2_400]],          2_400,     0],
    ['again when it happens again',  [[PART, 100], [WHOLE, 110], [PART, 2_900]],   2_900, 2_000],
  ])('%s', (_, answers, nowMs, expected) => {
    const hold = new ResyncHold();
    for (const [isWhole, atMs] of answers) hold.answered(isWhole, atMs);
    expect(hold.waitMs(nowMs)).toBe(expected);
  });

  it('not because a watch has to list while all is well', () => {
    const hold = new ResyncHold();
    hold.answered(WHOLE, 100);
    hold.reconsider(PART, 200);
    expect(hold.waitMs(200)).toBe(0);
  });
});
