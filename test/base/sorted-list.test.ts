import fc from 'fast-check';
import { expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { finish } from '#base/sliced.ts';
import {
  compareLists,
  EMPTY_LIST,
  findInList,
  replaceInList,
  replaceInSlices,
  type SortedList,
  sortedList,
  valuesOf,
} from '#base/sorted-list.ts';
import { seededRandom } from '../support/seeded-random.ts';

interface Named {
  readonly name: string;
}

const nameOf = ({ name }: Named): string => name;

function listOf(names: string): SortedList<Named> {
  return sortedList([...names].map((name) => ({ name })));
}

function textOf(list: SortedList<Named>): string {
  return valuesOf(list).map(nameOf).join('');
}

// biome-ignore format: a table
it.each([
  ['bdf', {},                          'bdf'],
  ['bdf', { d: true },                 'bdf'],
  ['bdf', { d: false },                'bf'],
  ['bdf', { a: true, c: true, g: true }, 'abcdfg'],
  ['bdf', { b: false, f: false },      'd'],
  ['bdf', { c: false },                'bdf'],
  ['',    { b: true, a: true },        'ab'],
])('%s with %o is %s', (before, replaced, after) => {
  const values = new Map(
    Object.entries(replaced).map(([name, isThere]) => [name, isThere ? { name } : null]),
  );
  const list = listOf(before);
  const result = replaceInList(list, values, nameOf);
  expect(finish(replaceInSlices(list, values, nameOf))).toEqual(result);
  expect(textOf(result)).toBe(after);
  expect(result.length).toBe(after.length);
  for (const [name, value] of values) expect(findInList(result, name, nameOf)).toBe(value);
  expect(textOf(list)).toBe(before);
});

it('tells every value that came, went or is another, and no other', () => {
  const [a, b, c, d] = valuesOf(listOf('abcd')) as [Named, Named, Named, Named];
  const other = { name: 'c' };
  expect([...compareLists(sortedList([a, b, c]), sortedList([b, other, d]), nameOf)]).toEqual([
    { name: 'a', before: a, after: null },
    { name: 'c', before: c, after: other },
    { name: 'd', before: null, after: d },
  ]);
  expect([...compareLists(sortedList([a, b]), sortedList([a, b]), nameOf)]).toEqual([]);
});

it('what is told of two lists makes the second out of the first', () => {
  const names = fc.uniqueArray(fc.string({ maxLength: 2 })).map((all) => all.sort());
  fc.assert(
    fc.property(names, names, fc.array(fc.boolean()), (before, after, isKept) => {
      const list = before.map((name) => ({ name }));
      const target = after.map(
        (name, index) => (isKept[index] && list.find((one) => one.name === name)) || { name },
      );
      const told = compareLists<Named>(sortedList(list), sortedList(target), nameOf);
      const replaced = new Map(told.map(({ name, after: value }) => [name, value]));
      const result = valuesOf(replaceInList<Named>(sortedList(list), replaced, nameOf));
      expect(result.length).toBe(target.length);
      for (const [index, value] of result.entries()) expect(value).toBe(target[index]);
    }),
  );
});

it.each([1, 2, 3, 4])('holds what a Map holds through any history, seed %i', (seed) => {
  const random = seededRandom(seed);
  const oracle = new Map<string, Named>();
  let list: SortedList<Named> = EMPTY_LIST;
  for (let step = 0; step < 120; step += 1) {
    const replaced = new Map<string, Named | null>();
    // It grows to a dozen pieces, then shrinks to nothing.
    const goes = step < 60 ? 3 : 9;
    for (let count = random.pick([1, 3, 400]); count > 0; count -= 1) {
      const name = String(random.below(4_000)).padStart(4, '0');
      replaced.set(name, random.below(10) < goes ? null : { name });
    }
    const before = list;
    list = replaceInList(before, replaced, nameOf);
    for (const [name, value] of replaced) {
      if (value === null) oracle.delete(name);
      else oracle.set(name, value);
    }
    const expected = [...oracle.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(valuesOf(list).every((value, index) => value === expected[index])).toBe(true);
    expect([list.length, valuesOf(list).length]).toEqual([oracle.size, oracle.size]);
    for (const { length } of list.pieces) {
      expect(length).toBeGreaterThan(0);
      expect(length).toBeLessThanOrEqual(limits.listPieceMax);
    }
    const told = Array.from(compareLists(before, list, nameOf), ({ name }) => name);
    expect(told.filter((name) => !replaced.has(name))).toEqual([]);
  }
});

it('shares with the list before all pieces but that of the change', () => {
  const names = Array.from({ length: 5_000 }, (_, index) => String(index).padStart(4, '0'));
  const before = sortedList(names.map((name) => ({ name })));
  const after = replaceInList(before, new Map([['2500', { name: '2500' }]]), nameOf);
  const own = after.pieces.filter((piece) => !before.pieces.includes(piece));
  expect(own).toHaveLength(1);
  expect(after.pieces.length).toBe(before.pieces.length);
});
