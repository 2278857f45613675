import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SortedNames } from '#base/sorted-names.ts';

it('gives the very same array while the names are the same', () => {
  const sorted = new SortedNames();
  const first = sorted.of(new Set(['b', 'a']));
  expect(first).toEqual(['a', 'b']);
  expect(sorted.of(new Set(['a', 'b']))).toBe(first);
  expect(sorted.of(new Set(['a', 'c']))).toEqual(['a', 'c']);
  expect(first).toEqual(['a', 'b']);
});

it('sorts any sets one after another as it would sort each alone', () => {
  const names = fc.uniqueArray(fc.string({ maxLength: 2 }), { maxLength: 12 });
  fc.assert(
    fc.property(fc.array(names, { minLength: 1, maxLength: 8 }), (sets) => {
      const sorted = new SortedNames();
      for (const set of sets) expect(sorted.of(new Set(set))).toEqual([...set].sort());
    }),
  );
});
