// A table of hosts or upstreams in the arena (snapshot/layout.ts), made from the one before: pages
// that no change is in are shared, the others and the directory are written beside them. It never
// writes where anybody may read, and gives nothing back itself.

import type { Sliced } from '#base/sliced.ts';
import { sortInSlices } from '#base/sort-in-slices.ts';
import { PAGE, PAGE_BYTES, PAGE_WORDS, slotCount, WORD_BYTES } from '#snapshot/layout.ts';
import type { Memory } from '#snapshot/memory.ts';
import { fillSlots } from '#snapshot/slots.ts';
import {
  changeTree,
  compareEntries,
  emptyTree,
  findEntry,
  leavesApart,
  type NamedEntry,
  type PlacedLeaf,
  type Tree,
} from './table-tree.ts';

/** A table in memory. */
export interface Table {
  readonly tree: Tree;
  /** First bits of a hash by which the directory is read. */
  readonly depth: number;
  /** Of the directory. */
  readonly offset: number;
}

export interface LinkOptions {
  readonly memory: Memory;
  /** The offset of so many free bytes. Throws if there are none. */
  readonly allocate: (sizeBytes: number) => number;
}

export interface LinkedTable {
  readonly table: Table;
  /** The pages that the table before does not have. */
  readonly fresh: readonly PlacedLeaf[];
  /** What the table before used and this one does not: entries, pages, the directory. */
  readonly left: readonly number[];
}

/**
 * The table with these entries in the place of those of the same name; one with offset 0 goes.
 * `before` is null for an empty table that is nowhere yet. Equal entries give equal pages, whatever
 * came before.
 */
export function* linkTable(
  before: Table | null,
  changes: readonly NamedEntry[],
  options: LinkOptions,
): Sliced<LinkedTable> {
  const old = before?.tree ?? emptyTree();
  const tree = changeTree(old, yield* sortInSlices(changes, compareEntries));
  yield;
  const fresh = leavesApart(tree, before === null ? null : old);
  for (const { leaf } of fresh) {
    if (leaf.page === 0) leaf.page = writePage(leaf.entries, options);
    yield;
  }
  // One bit at least, since no shift is by 32.
  const depth = Math.max(1, tree.height);
  const offset = writeDirectory({ before, tree, depth, fresh }, options);
  const left: number[] = [];
  if (before !== null) {
    left.push(before.offset);
    for (const { leaf } of leavesApart(old, tree)) left.push(leaf.page);
    for (const change of changes) {
      const entry = findEntry(old, change);
      if (entry !== null) left.push(entry.offset);
      yield;
    }
  }
  return { table: { tree, depth, offset }, fresh, left };
}

function writePage(entries: readonly NamedEntry[], { memory, allocate }: LinkOptions): number {
  const words = fillSlots(slotCount(entries.length), entries);
  const offset = allocate(words.length * WORD_BYTES);
  memory.words.set(words, offset / WORD_BYTES);
  return offset;
}

interface Directory {
  readonly before: Table | null;
  readonly tree: Tree;
  readonly depth: number;
  readonly fresh: readonly PlacedLeaf[];
}

/** A directory of the same size is copied, which costs nothing, and corrected. */
function writeDirectory(
  { before, tree, depth, fresh }: Directory,
  { memory: { bytes, words }, allocate }: LinkOptions,
): number {
  const sizeBytes = PAGE_BYTES << depth;
  const offset = allocate(sizeBytes);
  const isCopied = before?.depth === depth;
  if (isCopied) bytes.copyWithin(offset, before.offset, before.offset + sizeBytes);
  for (const { leaf, depth: own, bits } of isCopied ? fresh : leavesApart(tree, null)) {
    const spare = depth - own;
    const mask = slotCount(leaf.entries.length) - 1;
    for (let index = bits << spare; index < (bits + 1) << spare; index += 1) {
      const at = offset / WORD_BYTES + index * PAGE_WORDS;
      words[at + PAGE.offset] = leaf.page;
      words[at + PAGE.mask] = mask;
    }
  }
  return offset;
}
