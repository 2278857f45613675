import { expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { Overload } from '#proxy/overload.ts';

const LATE = limits.loopLagMaxMs + 1;

it.each([
  // lags of the ticks, in order          overloaded after each
  ['a tick in time', [0, 5, 100], [false, false, false]],
  ['one late tick', [LATE * 20, 0, LATE, 0], [false, false, false, false]],
  ['late ticks in a row', [LATE, LATE, LATE, LATE], [false, false, true, true]],
  ['a tick in time after them', [LATE, LATE, LATE, 0, LATE], [false, false, true, false, false]],
])('is decided by %s', (_name, lags, expected) => {
  const overload = new Overload();
  expect(lags.map((lagMs) => overload.observe(lagMs))).toEqual(expected);
});
