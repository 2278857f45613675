// Where one generation lies in the arena. To place content keeps whatever part and table the
// generation before has already, writes what is fresh, verifies it, and links a root.

import { present } from '#base/assert.ts';
import {
  linkRoot,
  linkTable,
  sectionEntry,
  type Table,
  tableBytes,
  upstreamEntry,
} from '#compile/link.ts';
import type { Arena } from '#snapshot/arena.ts';
import { ROOT_BYTES } from '#snapshot/layout.ts';
import type { Memory } from '#snapshot/memory.ts';
import type { Entry } from '#snapshot/slots.ts';
import { verifyDefaultRoute, verifyRoot, verifySection, verifyUpstream } from '#snapshot/verify.ts';
import type { Content, Part } from './content.ts';

export interface Placement {
  /** By the key of the part. */
  readonly parts: ReadonlyMap<string, Entry>;
  readonly hosts: LinkedTable;
  readonly upstreams: LinkedTable;
  /** Offset of the root record. */
  readonly root: number;
}

interface LinkedTable {
  /** The keys of the parts, in order: equal keys mean that the table may stay. */
  readonly keys: readonly string[];
  readonly table: Table;
}

export interface PlaceOptions {
  readonly arena: Arena;
  readonly seed: number;
  /** The number that the root gets. */
  readonly generation: number;
  /** What is in force. */
  readonly before: Placement | null;
}

/**
 * The content in the arena; `before` itself if it holds exactly this already, null if the arena is
 * full. Throws if the bytes of a part are not what they should be. Whatever it allocated is free
 * again unless a placement comes back.
 */
export function place(content: Content, options: PlaceOptions): Placement | null {
  const extents = new FreshExtents(options.arena);
  try {
    return link(content, placeParts(content, options, extents), options, extents);
  } catch (error) {
    extents.release();
    if (error instanceof ArenaFull) return null;
    throw error;
  }
}

/** The offsets that `before` uses and `after` does not. */
export function offsetsLeft(before: Placement, after: Placement): number[] {
  const offsets = [before.root];
  if (before.hosts.table !== after.hosts.table) offsets.push(before.hosts.table.offset);
  if (before.upstreams.table !== after.upstreams.table) {
    offsets.push(before.upstreams.table.offset);
  }
  for (const [key, { offset }] of before.parts) if (!after.parts.has(key)) offsets.push(offset);
  return offsets;
}

class ArenaFull extends Error {}

/** What was allocated for one placement, to be given back if it fails. */
class FreshExtents {
  readonly #arena: Arena;
  readonly #offsets: number[] = [];

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  get count(): number {
    return this.#offsets.length;
  }

  allocate(sizeBytes: number): number {
    const offset = this.#arena.allocate(sizeBytes);
    if (offset === 0) throw new ArenaFull();
    this.#offsets.push(offset);
    return offset;
  }

  release(): void {
    for (const offset of this.#offsets) this.#arena.free(offset);
  }
}

/** How a part is found, and what its bytes must be. */
interface PartKind {
  readonly entryOf: (bytes: Uint8Array, offset: number) => Entry;
  readonly verify: (memory: Memory, offset: number, seed: number) => void;
}

const SECTION_PART: PartKind = { entryOf: sectionEntry, verify: verifySection };
const UPSTREAM_PART: PartKind = { entryOf: upstreamEntry, verify: verifyUpstream };
// The root names the default route itself; no table finds it by a hash.
const ROUTE_PART: PartKind = {
  entryOf: (_, offset) => ({ hash: 0, offset }),
  verify: verifyDefaultRoute,
};

function placeParts(
  { hosts, anyHost, defaultRoute, upstreams }: Content,
  { arena: { memory }, seed, before }: PlaceOptions,
  extents: FreshExtents,
): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  const placePart = ({ key, bytes }: Part, { entryOf, verify }: PartKind): void => {
    const kept = before?.parts.get(key);
    if (kept !== undefined) {
      entries.set(key, kept);
      return;
    }
    const fresh = present(bytes, 'a part that is not in force comes with its bytes');
    const offset = extents.allocate(fresh.length);
    memory.bytes.set(fresh, offset);
    verify(memory, offset, seed);
    entries.set(key, entryOf(fresh, offset));
  };
  for (const part of hosts) placePart(part, SECTION_PART);
  if (anyHost !== null) placePart(anyHost, SECTION_PART);
  if (defaultRoute !== null) placePart(defaultRoute, ROUTE_PART);
  for (const part of upstreams) placePart(part, UPSTREAM_PART);
  return entries;
}

function link(
  content: Content,
  parts: ReadonlyMap<string, Entry>,
  { arena: { memory }, seed, generation, before }: PlaceOptions,
  extents: FreshExtents,
): Placement {
  if (before !== null && extents.count === 0 && parts.size === before.parts.size) return before;
  const entryOf = ({ key }: Part): Entry => present(parts.get(key), 'every part is placed');
  const offsetOf = (part: Part | null): number => (part === null ? 0 : entryOf(part).offset);
  const tableOf = (tableParts: readonly Part[], kept: LinkedTable | undefined): LinkedTable => {
    const keys = tableParts.map(({ key }) => key);
    if (kept !== undefined && areEqual(keys, kept.keys)) return kept;
    const offset = extents.allocate(tableBytes(keys.length));
    return { keys, table: linkTable(memory, offset, tableParts.map(entryOf)) };
  };
  const hosts = tableOf(content.hosts, before?.hosts);
  const upstreams = tableOf(content.upstreams, before?.upstreams);
  const root = extents.allocate(ROOT_BYTES);
  linkRoot(memory, root, {
    generation,
    seed,
    hosts: hosts.table,
    anyHost: offsetOf(content.anyHost),
    defaultRoute: offsetOf(content.defaultRoute),
    upstreams: upstreams.table,
  });
  verifyRoot(memory, root);
  return { parts, hosts, upstreams, root };
}

function areEqual(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((key, index) => key === b[index]);
}
