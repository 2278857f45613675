// The entries of a table as a tree over the bits of their hashes, from the first bit on: a node
// with more entries than a page takes has two children. So the tree, and the pages that its leaves
// become, depend on what is in the table and not on how it came there. Trees are readonly; a change
// makes the nodes on its way again and shares the rest.

import { limits } from '#base/limits.ts';
import type { Entry } from '#snapshot/slots.ts';

export interface NamedEntry extends Entry {
  /** Tells apart what has one hash. */
  readonly name: string;
  /** Unsigned. */
  readonly hash: number;
}

export type Tree = Leaf | Branch;

export interface Leaf {
  /** By hash, then name. */
  readonly entries: readonly NamedEntry[];
  readonly count: number;
  readonly height: 0;
  /** Offset of its page in the arena; 0 until it is written. */
  page: number;
}

interface Branch {
  /** Hashes whose next bit is 0, and those whose next bit is 1. */
  readonly children: readonly [Tree, Tree];
  readonly count: number;
  /** The most bits that lead from here to a leaf. */
  readonly height: number;
}

/** A leaf, and how many first bits of a hash lead to it. */
export interface PlacedLeaf {
  readonly leaf: Leaf;
  readonly depth: number;
  /** Those bits, as a number. */
  readonly bits: number;
}

export function emptyTree(): Tree {
  return leafOf([]);
}

/**
 * The tree with these entries, which are in the order of `compareEntries`, in the place of those of
 * the same name. One with offset 0 goes; each name comes once.
 */
export function changeTree(tree: Tree, changes: readonly NamedEntry[]): Tree {
  return changeNode(tree, 0, changes);
}

/** The entry of this name; null if there is none. */
export function findEntry(tree: Tree, { name, hash }: Omit<NamedEntry, 'offset'>) {
  let node = tree;
  for (let depth = 0; !isLeaf(node); depth += 1) node = node.children[bitOf(hash, depth)];
  return node.entries.find((entry) => entry.hash === hash && entry.name === name) ?? null;
}

/** The leaves that the other tree does not share, from the first to the last. */
export function leavesApart(tree: Tree, other: Tree | null): readonly PlacedLeaf[] {
  const leaves: PlacedLeaf[] = [];
  const walk = (node: Tree, beside: Tree | null, depth: number, bits: number): void => {
    if (node === beside) return;
    if (isLeaf(node)) {
      leaves.push({ leaf: node, depth, bits });
      return;
    }
    for (const bit of [0, 1] as const) {
      const next = beside === null || isLeaf(beside) ? null : beside.children[bit];
      walk(node.children[bit], next, depth + 1, bits * 2 + bit);
    }
  };
  walk(tree, other, 0, 0);
  return leaves;
}

function changeNode(node: Tree, depth: number, changes: readonly NamedEntry[]): Tree {
  if (changes.length === 0) return node;
  if (isLeaf(node)) return grow(changeEntries(node.entries, changes), depth);
  const [low, high] = split(changes, depth);
  const branch = branchOf(
    changeNode(node.children[0], depth + 1, low),
    changeNode(node.children[1], depth + 1, high),
  );
  return fits(branch.count, depth) ? leafOf(entriesOf(branch)) : branch;
}

function grow(entries: readonly NamedEntry[], depth: number): Tree {
  if (fits(entries.length, depth)) return leafOf(entries);
  const [low, high] = split(entries, depth);
  return branchOf(grow(low, depth + 1), grow(high, depth + 1));
}

function fits(count: number, depth: number): boolean {
  return count <= limits.tablePageEntriesMax || depth === limits.tableDepthMax;
}

/** Those whose bit after the first `depth` is 0, and those whose bit is 1. */
function split(entries: readonly NamedEntry[], depth: number) {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bitOf((entries[middle] as NamedEntry).hash, depth) === 0) low = middle + 1;
    else high = middle;
  }
  return [entries.slice(0, low), entries.slice(low)] as const;
}

function changeEntries(
  entries: readonly NamedEntry[],
  changes: readonly NamedEntry[],
): readonly NamedEntry[] {
  if (entries.length === 0) return changes.filter(({ offset }) => offset !== 0);
  const names = new Set(changes.map(({ name }) => name));
  const kept = entries.filter(({ name }) => !names.has(name));
  return [...kept, ...changes.filter(({ offset }) => offset !== 0)].sort(compareEntries);
}

function entriesOf(tree: Tree): readonly NamedEntry[] {
  return isLeaf(tree) ? tree.entries : tree.children.flatMap(entriesOf);
}

function isLeaf(tree: Tree): tree is Leaf {
  return 'entries' in tree;
}

function leafOf(entries: readonly NamedEntry[]): Leaf {
  return { entries, count: entries.length, height: 0, page: 0 };
}

function branchOf(low: Tree, high: Tree): Branch {
  const height = 1 + Math.max(low.height, high.height);
  return { children: [low, high], count: low.count + high.count, height };
}

function bitOf(hash: number, depth: number): 0 | 1 {
  return ((hash >>> (31 - depth)) & 1) as 0 | 1;
}

/** By hash, then name. */
export function compareEntries(a: NamedEntry, b: NamedEntry): number {
  if (a.hash !== b.hash) return a.hash - b.hash;
  return a.name < b.name ? -1 : Number(a.name > b.name);
}
