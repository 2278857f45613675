// Where one generation lies in the arena. To place a change writes what is fresh beside the
// generation before, verifies it, and links a root that shares the rest.

import { assert } from '#base/assert.ts';
import type { Sliced } from '#base/sliced.ts';
import { hostEntry, linkRoot, upstreamEntry } from '#compile/link.ts';
import { type LinkedTable, linkTable, type Table } from '#compile/link-table.ts';
import type { NamedEntry } from '#compile/table-tree.ts';
import type { Arena } from '#snapshot/arena.ts';
import { ROOT_BYTES, SECTION, slotCount, UPSTREAM } from '#snapshot/layout.ts';
import type { Memory } from '#snapshot/memory.ts';
import {
  verifyDefaultRoute,
  verifyPage,
  verifyRoot,
  verifySection,
  verifyUpstream,
} from '#snapshot/verify.ts';
import type { Change } from './change.ts';

/** Offsets in the arena; 0 for none. */
export interface Placement {
  readonly hosts: Table;
  /** The section of `*`, which no table finds. */
  readonly anyHost: number;
  readonly defaultRoute: number;
  readonly upstreams: Table;
  readonly root: number;
}

export interface PlaceOptions {
  readonly arena: Arena;
  readonly seed: number;
  /** The number that the root gets. */
  readonly generation: number;
  /** What is in force. */
  readonly before: Placement | null;
}

export interface Placed {
  readonly placement: Placement;
  /** What the placement before uses and this one does not. */
  readonly left: readonly number[];
}

const ANY_HOST = '*';

/**
 * The change in the arena; null if that is full. Throws if the bytes of a part are not what they
 * should be. Whatever it allocated is free again unless a placement comes back.
 */
export function* place(change: Change, options: PlaceOptions): Sliced<Placed | null> {
  const extents = new FreshExtents(options.arena);
  try {
    const parts = yield* placeParts(change, options, extents);
    return link(parts, options, extents);
  } catch (error) {
    extents.release();
    if (error instanceof ArenaFull) return null;
    throw error;
  }
}

class ArenaFull extends Error {}

/** What was allocated for one placement, to be given back if it fails. */
class FreshExtents {
  readonly #arena: Arena;
  readonly #offsets: number[] = [];

  constructor(arena: Arena) {
    this.#arena = arena;
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

/** Offsets and entries of the parts of a change; offset 0 for a part that goes. */
interface PlacedParts {
  readonly hosts: readonly NamedEntry[];
  /** Undefined for a part that stays. */
  readonly anyHost: number | undefined;
  readonly defaultRoute: number | undefined;
  readonly upstreams: readonly NamedEntry[];
}

type Verify = (memory: Memory, offset: number, seed: number) => void;

function* placeParts(
  change: Change,
  { arena: { memory }, seed }: PlaceOptions,
  extents: FreshExtents,
): Sliced<PlacedParts> {
  const placePart = (bytes: Uint8Array | null, verify: Verify): number => {
    if (bytes === null) return 0;
    const offset = extents.allocate(bytes.length);
    memory.bytes.set(bytes, offset);
    verify(memory, offset, seed);
    return offset;
  };
  const { defaultRoute } = change;
  const hosts: NamedEntry[] = [];
  let anyHost: number | undefined;
  for (const [host, bytes] of change.hosts) {
    const offset = placePart(bytes, verifySection);
    if (host === ANY_HOST) anyHost = offset;
    else hosts.push(hostEntry(host, offset, seed));
    yield;
  }
  const upstreams: NamedEntry[] = [];
  for (const [name, bytes] of change.upstreams) {
    upstreams.push(upstreamEntry(name, placePart(bytes, verifyUpstream)));
    yield;
  }
  const route =
    defaultRoute === undefined ? undefined : placePart(defaultRoute, verifyDefaultRoute);
  return { hosts, anyHost, defaultRoute: route, upstreams };
}

function link(
  parts: PlacedParts,
  { arena: { memory }, seed, generation, before }: PlaceOptions,
  extents: FreshExtents,
): Placed {
  const options = { memory, allocate: (sizeBytes: number) => extents.allocate(sizeBytes) };
  const hosts = relink(before?.hosts ?? null, parts.hosts, options);
  verifyPages(memory, hosts, SECTION.hostHash);
  const upstreams = relink(before?.upstreams ?? null, parts.upstreams, options);
  verifyPages(memory, upstreams, UPSTREAM.key);
  const root = extents.allocate(ROOT_BYTES);
  const placement: Placement = {
    hosts: hosts.table,
    anyHost: parts.anyHost ?? before?.anyHost ?? 0,
    defaultRoute: parts.defaultRoute ?? before?.defaultRoute ?? 0,
    upstreams: upstreams.table,
    root,
  };
  linkRoot(memory, root, { generation, seed, ...placement });
  verifyRoot(memory, root);
  const left = [...hosts.left, ...upstreams.left];
  if (before === null) return { placement, left };
  if (before.anyHost !== placement.anyHost) left.push(before.anyHost);
  if (before.defaultRoute !== placement.defaultRoute) left.push(before.defaultRoute);
  left.push(before.root);
  return { placement, left: left.filter((offset) => offset !== 0) };
}

/** A table without changes stays where it is. */
function relink(
  before: Table | null,
  changes: readonly NamedEntry[],
  options: Parameters<typeof linkTable>[2],
): LinkedTable {
  if (before !== null && changes.length === 0) return { table: before, fresh: [], left: [] };
  return linkTable(before, changes, options);
}

function verifyPages(memory: Memory, { fresh }: LinkedTable, hashWord: number): void {
  for (const { leaf, depth, bits } of fresh) {
    assert(leaf.page !== 0, 'a linked page is somewhere');
    const slots = slotCount(leaf.entries.length);
    verifyPage(memory, { offset: leaf.page, slots }, { hashWord, depth, bits });
  }
}
