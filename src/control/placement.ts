// Where one generation lies in the arena. To place a change writes what is fresh beside the
// generation before, verifies it, and links a root that shares the rest.

import { assert } from '#base/assert.ts';
import type { Sliced } from '#base/sliced.ts';
import { certificateEntry, hostEntry, linkRoot, upstreamEntry } from '#compile/link.ts';
import { type LinkedTable, linkTable, type Table } from '#compile/link-table.ts';
import type { NamedEntry } from '#compile/table-tree.ts';
import type { Arena } from '#snapshot/arena.ts';
import {
  CERTIFICATE,
  ROOT_BYTES,
  SECTION,
  SERVER_NAME,
  slotCount,
  UPSTREAM,
} from '#snapshot/layout.ts';
import type { Memory } from '#snapshot/memory.ts';
import { verifyCertificate, verifyServerName } from '#snapshot/tls-records.ts';
import { verifyDefaultRoute, verifyPage, verifyRoot, verifyUpstream } from '#snapshot/verify.ts';
import type { Change } from './change.ts';

/** Offsets in the arena; 0 for none. */
export interface Placement {
  readonly hosts: Table;
  /** The section of `*`, which no table finds. */
  readonly anyHost: number;
  readonly defaultRoute: number;
  readonly upstreams: Table;
  readonly serverNames: Table;
  readonly certificates: Table;
  readonly fallbackName: number;
  readonly ticketSecret: number;
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
  /** What this one uses and the placement before does not. */
  readonly fresh: readonly number[];
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
    return yield* link(parts, options, extents);
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

  get offsets(): readonly number[] {
    return this.#offsets;
  }

  release(): void {
    for (const offset of this.#offsets) this.#arena.free(offset);
  }
}

/** Offsets and entries of the parts of a change; offset 0 for a part that goes. */
interface PlacedParts {
  readonly hosts: readonly NamedEntry[];
  readonly upstreams: readonly NamedEntry[];
  readonly serverNames: readonly NamedEntry[];
  readonly certificates: readonly NamedEntry[];
  /** Undefined for a part that stays. */
  readonly anyHost: number | undefined;
  readonly defaultRoute: number | undefined;
  readonly fallbackName: number | undefined;
  readonly ticketSecret: number | undefined;
}

/** The tables, and the word of each record that the hash of its entry is. */
const HASH_WORDS = {
  hosts: SECTION.hostHash,
  upstreams: UPSTREAM.key,
  serverNames: SERVER_NAME.hash,
  certificates: CERTIFICATE.key,
} as const;

const SINGLES = ['anyHost', 'defaultRoute', 'fallbackName', 'ticketSecret'] as const;

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
  const placeSingle = (bytes: Uint8Array | null | undefined, verify: Verify) =>
    bytes === undefined ? undefined : placePart(bytes, verify);
  const hosts: NamedEntry[] = [];
  let anyHost: number | undefined;
  for (const [host, bytes] of change.hosts) {
    // Sections are the most of the work by far, and were verified where they were compiled.
    const offset = placePart(bytes, () => {});
    if (host === ANY_HOST) anyHost = offset;
    else hosts.push(hostEntry(host, offset, seed));
    yield;
  }
  const upstreams: NamedEntry[] = [];
  for (const [name, bytes] of change.upstreams) {
    upstreams.push(upstreamEntry(name, placePart(bytes, verifyUpstream)));
    yield;
  }
  const serverNames: NamedEntry[] = [];
  for (const [host, bytes] of change.serverNames) {
    serverNames.push(hostEntry(host, placePart(bytes, verifyServerName), seed));
    yield;
  }
  const certificates: NamedEntry[] = [];
  for (const [name, bytes] of change.certificates) {
    certificates.push(certificateEntry(name, placePart(bytes, verifyCertificate)));
    yield;
  }
  const defaultRoute = placeSingle(change.defaultRoute, verifyDefaultRoute);
  const fallbackName = placeSingle(change.fallbackName, verifyServerName);
  // Any bytes of the right size are a secret, and the root's check looks at that.
  const ticketSecret = placeSingle(change.ticketSecret, () => {});
  const singles = { anyHost, defaultRoute, fallbackName, ticketSecret };
  return { hosts, upstreams, serverNames, certificates, ...singles };
}

function* link(
  parts: PlacedParts,
  { arena: { memory }, seed, generation, before }: PlaceOptions,
  extents: FreshExtents,
): Sliced<Placed> {
  const options = { memory, allocate: (sizeBytes: number) => extents.allocate(sizeBytes) };
  const left: number[] = [];
  const relinked = function* (name: keyof typeof HASH_WORDS): Sliced<Table> {
    const linked = yield* relink(before?.[name] ?? null, parts[name], options);
    yield* verifyPages(memory, linked, HASH_WORDS[name]);
    for (const offset of linked.left) left.push(offset);
    return linked.table;
  };
  const placement: Placement = {
    hosts: yield* relinked('hosts'),
    upstreams: yield* relinked('upstreams'),
    serverNames: yield* relinked('serverNames'),
    certificates: yield* relinked('certificates'),
    anyHost: parts.anyHost ?? before?.anyHost ?? 0,
    defaultRoute: parts.defaultRoute ?? before?.defaultRoute ?? 0,
    fallbackName: parts.fallbackName ?? before?.fallbackName ?? 0,
    ticketSecret: parts.ticketSecret ?? before?.ticketSecret ?? 0,
    root: extents.allocate(ROOT_BYTES),
  };
  linkRoot(memory, placement.root, { generation, seed, ...placement });
  verifyRoot(memory, placement.root);
  const fresh = extents.offsets;
  if (before === null) return { placement, left, fresh };
  for (const name of SINGLES) if (before[name] !== placement[name]) left.push(before[name]);
  left.push(before.root);
  return { placement, left: left.filter((offset) => offset !== 0), fresh };
}

/** A table without changes stays where it is. */
function* relink(
  before: Table | null,
  changes: readonly NamedEntry[],
  options: Parameters<typeof linkTable>[2],
): Sliced<LinkedTable> {
  if (before !== null && changes.length === 0) return { table: before, fresh: [], left: [] };
  return yield* linkTable(before, changes, options);
}

function* verifyPages(memory: Memory, { fresh }: LinkedTable, hashWord: number): Sliced<void> {
  for (const { leaf, depth, bits } of fresh) {
    assert(leaf.page !== 0, 'a linked page is somewhere');
    const slots = slotCount(leaf.entries.length);
    verifyPage(memory, { offset: leaf.page, slots }, { hashWord, depth, bits });
    yield;
  }
}
