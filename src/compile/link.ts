// Placed sections and upstreams, and the tables that find them -> the root that makes them a
// snapshot. A table whose entries have not changed is linked into the next root as it is: pods that
// come and go leave the host table alone, and routes the upstream table.

import { assert } from '#base/assert.ts';
import { encodeText } from '#base/bytes.ts';
import { hashHost, parseKey } from '#base/hash.ts';
import { upstreamKey } from '#snapshot/keys.ts';
import { MAGIC, ROOT, ROOT_BYTES, WORD_BYTES } from '#snapshot/layout.ts';
import type { Memory } from '#snapshot/memory.ts';
import { hostKey } from './compile-host.ts';
import type { Table } from './link-table.ts';
import type { NamedEntry } from './table-tree.ts';

const HASH_BITS = 32;

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
  readonly serverNames: Table;
  readonly certificates: Table;
  /** Offset of the record for names that the table does not hold; 0 for none. */
  readonly fallbackName: number;
  /** Offset of the ticket secret; 0 for none. */
  readonly ticketSecret: number;
}

/** The entry by which the host table finds a section, and that of server names its record. */
export function hostEntry(host: string, offset: number, seed: number): NamedEntry {
  return { name: host, hash: hashHost(encodeText(hostKey(host)), seed) >>> 0, offset };
}

/** The entry by which the upstream table finds an upstream, placed at `offset`. */
export function upstreamEntry(name: string, offset: number): NamedEntry {
  return { name, hash: upstreamKey(name)[0] as number, offset };
}

/** The entry by which the certificate table finds a certificate, placed at `offset`. */
export function certificateEntry(name: string, offset: number): NamedEntry {
  return { name, hash: parseKey(name)[0] as number, offset };
}

/** Writes a root at `offset`, where ROOT_BYTES bytes are free. */
export function linkRoot(memory: Memory, offset: number, root: Root): void {
  assert(root.generation > 0, 'generation 0 stands for no snapshot');
  const words = new Uint32Array(ROOT_BYTES / WORD_BYTES);
  words[ROOT.magic] = MAGIC;
  words[ROOT.generation] = root.generation;
  words[ROOT.seed] = root.seed;
  words[ROOT.hostTable] = root.hosts.offset;
  words[ROOT.hostShift] = HASH_BITS - root.hosts.depth;
  words[ROOT.hostCount] = root.hosts.tree.count;
  words[ROOT.anyHost] = root.anyHost;
  words[ROOT.defaultRoute] = root.defaultRoute;
  words[ROOT.upstreamTable] = root.upstreams.offset;
  words[ROOT.upstreamShift] = HASH_BITS - root.upstreams.depth;
  words[ROOT.upstreamCount] = root.upstreams.tree.count;
  words[ROOT.serverNameTable] = root.serverNames.offset;
  words[ROOT.serverNameShift] = HASH_BITS - root.serverNames.depth;
  words[ROOT.serverNameCount] = root.serverNames.tree.count;
  words[ROOT.certificateTable] = root.certificates.offset;
  words[ROOT.certificateShift] = HASH_BITS - root.certificates.depth;
  words[ROOT.certificateCount] = root.certificates.tree.count;
  words[ROOT.fallbackName] = root.fallbackName;
  words[ROOT.ticketSecret] = root.ticketSecret;
  words[ROOT.size] = ROOT_BYTES;
  memory.words.set(words, offset / WORD_BYTES);
}
