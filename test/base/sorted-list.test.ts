import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareLists, replaceInList } from '#base/sorted-list.ts';

interface Named {
  readonly name: string;
}

const nameOf = ({ name }: Named): string => name;

function listOf(names: string): readonly Named[] {
  return [...names].map((name) => ({ name }));
}

function textOf(list: readonly Named[]): string {
  return list.map(nameOf).join('');
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
  expect(textOf(result)).toBe(after);
  for (const value of values.values()) if (value !== null) expect(result).toContain(value);
  expect(textOf(list)).toBe(before);
});

it('tells every value that came, went or is another, and no other', () => {
  const [a, b, c, d] = listOf('abcd') as [Named, Named, Named, Named];
  const other = { name: 'c' };
  expect(compareLists([a, b, c], [b, other, d], nameOf)).toEqual([
    { name: 'a', before: a, after: null },
    { name: 'c', before: c, after: other },
    { name: 'd', before: null, after: d },
  ]);
  expect(compareLists([a, b], [a, b], nameOf)).toEqual([]);
});

it('what is told of two lists makes the second out of the first', () => {
  const names = fc.uniqueArray(fc.string({ maxLength: 2 })).map((all) => all.sort());
  fc.assert(
    fc.property(names, names, fc.array(fc.boolean()), (before, after, isKept) => {
      const list = before.map((name) => ({ name }));
      const target = after.map(
        (name, index) => (isKept[index] && list.find((one) => one.name === name)) || { name },
      );
      const told = compareLists<Named>(list, target, nameOf);
      const replaced = new Map(told.map(({ name, after: value }) => [name, value]));
      const result = replaceInList<Named>(list, replaced, nameOf);
      expect(result.length).toBe(target.length);
      for (const [index, value] of result.entries()) expect(value).toBe(target[index]);
    }),
  );
});
