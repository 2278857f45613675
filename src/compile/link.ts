// Placed sections and upstreams -> the two tables and the root that make them a snapshot. It copies
// offsets and nothing else. A table whose entries have not changed is linked into the next root as
// it is: pods that come and go leave the host table alone, and routes the upstream table.

import { assert } from '#base/assert.ts';
import {
  MAGIC,
  ROOT,
  ROOT_BYTES,
  SECTION,
  SLOT_BYTES,
  slotCount,
  UPSTREAM,
  WORD_BYTES,
} from '#snapshot/layout.ts';
import type { Memory } from '#snapshot/memory.ts';
import { type Entry, fillSlots } from '#snapshot/slots.ts';

/** A table in memory, as the root names it. */
export interface Table {
  readonly offset: number;
  readonly count: number;
}

export interface Root {
  readonly generation: number;
  /** The seed with which every section was compiled. */
  readonly seed: number;
  readonly hosts: Table;
  /** Offset of the section of `*`, which is not in the table of hosts; 0 for none. */
  readonly anyHost: number;
  /** Offset of the default route's record; 0 for none. */
  readonly defaultRoute: number;
  readonly upstreams: Table;
}

/** The bytes a table of `count` entries takes. */
export function tableBytes(count: number): number {
  return slotCount(count) * SLOT_BYTES;
}

/** The entry by which the host table finds a section that was placed at `offset`. */
export function sectionEntry(section: Uint8Array, offset: number): Entry {
  return { hash: readWord(section, SECTION.hostHash), offset };
}

/** The entry by which the upstream table finds an upstream that was placed at `offset`. */
export function upstreamEntry(upstream: Uint8Array, offset: number): Entry {
  return { hash: readWord(upstream, UPSTREAM.key), offset };
}

/** Writes a table at `offset`, where `tableBytes(entries.length)` bytes are free. */
export function linkTable(memory: Memory, offset: number, entries: readonly Entry[]): Table {
  const words = fillSlots(slotCount(entries.length), entries);
  memory.words.set(words, offset / WORD_BYTES);
  return { offset, count: entries.length };
}

/** Writes a root at `offset`, where ROOT_BYTES bytes are free. */
export function linkRoot(memory: Memory, offset: number, root: Root): void {
  assert(root.generation > 0, 'generation 0 stands for no snapshot');
  const words = new Uint32Array(ROOT_BYTES / WORD_BYTES);
  words[ROOT.magic] = MAGIC;
  words[ROOT.generation] = root.generation;
  words[ROOT.seed] = root.seed;
  words[ROOT.hostTable] = root.hosts.offset;
  words[ROOT.hostMask] = slotCount(root.hosts.count) - 1;
  words[ROOT.hostCount] = root.hosts.count;
  words[ROOT.anyHost] = root.anyHost;
  words[ROOT.defaultRoute] = root.defaultRoute;
  words[ROOT.upstreamTable] = root.upstreams.offset;
  words[ROOT.upstreamMask] = slotCount(root.upstreams.count) - 1;
  words[ROOT.upstreamCount] = root.upstreams.count;
  words[ROOT.size] = ROOT_BYTES;
  memory.words.set(words, offset / WORD_BYTES);
}

function readWord(bytes: Uint8Array, word: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(word * WORD_BYTES, true);
}
