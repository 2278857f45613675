// How long a change is kept back, by which watches have been answered when.

import { describe, expect, it } from 'vitest';
import { ResyncHold } from '#kubernetes/resync-hold.ts';

const WHOLE = true;
const PART = false;

describe('a change is kept back', () => {
  // biome-ignore format: a table
  it.each<[string, [isWhole: boolean, nowMs: number][], number, number]>([
    // what                                answers                             asked at, wait
    ['not while all is well',              [],                                        0,    0],
    ['not when a single watch returns',    [[WHOLE, 100]],                          100,    0],
    ['while others are awaited',           [[PART, 100]],                           100,  500],
    ['no longer than that',                [[PART, 100]],                           700,    0],
    ['from the first answer on',           [[PART, 100], [PART, 300]],              300,  300],
    ['a moment after the last answer',     [[PART, 100], [WHOLE, 110]],             110,   20],
    ['and no longer',                      [[PART, 100], [WHOLE, 110]],             130,    0],
    ['not after an answer that came late', [[PART, 100], [WHOLE, 900]],             900,    0],
    ['again when it happens again',        [[PART, 100], [WHOLE, 110], [PART, 900]], 900, 500],
  ])('%s', (_, answers, nowMs, expected) => {
    const hold = new ResyncHold();
    for (const [isWhole, atMs] of answers) hold.answered(isWhole, atMs);
    expect(hold.waitMs(nowMs)).toBe(expected);
  });
});
