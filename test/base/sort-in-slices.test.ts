import { expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { finish } from '#base/sliced.ts';
import { sortInSlices } from '#base/sort-in-slices.ts';
import { seededRandom } from '../support/seeded-random.ts';

const SLICE = limits.sortSliceValues;

it.each([0, 1, 2, SLICE, SLICE + 1, 3 * SLICE + 7])(
  '%i values come in order, equal ones in theirs',
  (count) => {
    const random = seededRandom(count);
    const values = Array.from({ length: count }, (_, index) => ({ key: random.below(500), index }));
    const byKey = (a: { key: number }, b: { key: number }) => a.key - b.key;
    expect(finish(sortInSlices(values, byKey))).toEqual(values.toSorted(byKey));
  },
);

it('is put aside after each slice', () => {
  const values = Array.from({ length: 10 * SLICE }, (_, index) => (index * 7_919) % 40_961);
  const work = sortInSlices(values, (a, b) => a - b);
  let pauses = 0;
  while (work.next().done !== true) pauses += 1;
  expect(pauses).toBeGreaterThanOrEqual(10 + 3 * 8);
});
