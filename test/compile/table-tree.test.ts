// The tree of a table: its form depends on what is in it alone, whatever came and went before.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import {
  changeTree,
  compareEntries,
  emptyTree,
  findEntry,
  leavesApart,
  type NamedEntry,
  type Tree,
} from '#compile/table-tree.ts';

const MAX = limits.tablePageEntriesMax;

/** Hashes drawn so that many begin alike, and some are the same. */
const hash = fc.oneof(
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 0, max: 255 }).map((bits) => bits * 0x100_0000),
);
const entries = fc.uniqueArray(
  fc.tuple(fc.nat(400), hash).map(([name, value]) => ({ name: `host-${name}`, hash: value })),
  { selector: ({ name }) => name, maxLength: 300, minLength: 80 },
);

/** The tree with these entries, in whatever order they are. */
function changed(tree: Tree, changes: readonly NamedEntry[]): Tree {
  return changeTree(tree, changes.toSorted(compareEntries));
}

function placed(named: readonly Omit<NamedEntry, 'offset'>[], offset: number): NamedEntry[] {
  return named.map((entry) => ({ ...entry, offset }));
}

/** The leaves with what is in them, in order. */
function formOf(tree: Tree): unknown {
  return leavesApart(tree, null).map(({ leaf, depth, bits }) => ({
    depth,
    bits,
    entries: leaf.entries,
  }));
}

it('the form depends on the entries and not on what came before', () => {
  let branchCount = 0;
  fc.assert(
    fc.property(entries, entries, fc.array(fc.nat(12)), (all, passing, cuts) => {
      const names = new Set(all.map(({ name }) => name));
      const others = passing.filter(({ name }) => !names.has(name));
      let tree = changed(emptyTree(), placed(others, 1));
      let rest = placed(all, 2);
      for (const cut of cuts) {
        tree = changed(tree, rest.slice(0, cut));
        rest = rest.slice(cut);
      }
      tree = changed(tree, [...rest, ...placed(others, 0)]);
      expect(formOf(tree)).toEqual(formOf(changed(emptyTree(), placed(all, 2))));
      expect(tree.count).toBe(all.length);
      for (const entry of all) expect(findEntry(tree, entry)?.offset).toBe(2);
      for (const entry of others) expect(findEntry(tree, entry)).toBeNull();
      branchCount += tree.height > 0 ? 1 : 0;
    }),
  );
  expect(branchCount).toBeGreaterThan(50);
});

it('a leaf has as many entries as a page takes, and the next one splits it', () => {
  const spread = Array.from({ length: MAX + 1 }, (_, index) => ({
    name: `host-${index}`,
    hash: (index * 0x0300_0000) >>> 0,
    offset: 8,
  }));
  const full = changed(emptyTree(), spread.slice(1));
  expect(leavesApart(full, null)).toHaveLength(1);
  const split = changed(full, spread.slice(0, 1));
  expect(split.height).toBe(1);
  expect(leavesApart(changed(split, [{ ...(spread[0] as NamedEntry), offset: 0 }]), null)).toEqual(
    leavesApart(full, null),
  );
});

it('entries that nothing tells apart share one long page at the deepest place', () => {
  const same = Array.from({ length: 3 * MAX }, (_, index) => ({
    name: `host-${index}`,
    hash: 0xffff_ffff,
    offset: 8,
  }));
  const tree = changed(emptyTree(), same);
  expect(tree.height).toBe(limits.tableDepthMax);
  expect(Math.max(...leavesApart(tree, null).map(({ leaf }) => leaf.count))).toBe(3 * MAX);
});

it('a change makes the leaves on its way again and shares the rest', () => {
  const all = Array.from({ length: 1_000 }, (_, index) => ({
    name: `host-${index}`,
    hash: Math.imul(index, 0x9e37_79b1) >>> 0,
    offset: 8,
  }));
  const before = changed(emptyTree(), all);
  const after = changed(before, [{ ...(all[500] as NamedEntry), offset: 16 }]);
  expect(leavesApart(after, before)).toHaveLength(1);
  expect(leavesApart(before, after)).toHaveLength(1);
  expect(leavesApart(before, null).length).toBeGreaterThan(15);
});
