// Says whether a snapshot is what layout.ts says, before any worker reads it. Everything that a
// lookup trusts is checked here: bounds, sizes, masks, hashes, keys, and that each entry of a table
// is found by a search. An Error from here is our own mistake, and nothing is published.
//
// The checks of a section and of an upstream stand alone, so that a publisher need only make them
// for what is fresh, and the cost grows with the change.

import { alignUp } from '#base/bytes.ts';
import { formatKey } from '#base/hash.ts';
import { limits } from '#base/limits.ts';
import { decodePassthrough } from './admission-records.ts';
import { type DecodedRoute, decodeDestination, decodeRoute, stampNumber } from './decode.ts';
import { demand, demandExtent } from './demand.ts';
import { upstreamKey, upstreamStamp } from './keys.ts';
import {
  CERTIFICATE,
  ENDPOINT,
  ENDPOINT_BYTES,
  endpointsEnd,
  MAGIC,
  PAGE,
  PAGE_BYTES,
  PAGE_WORDS,
  RECORD_ALIGNMENT,
  ROOT,
  ROOT_BYTES,
  ROUTE_BYTES,
  SECTION,
  SECTION_BYTES,
  SERVER_NAME,
  SLOT_BYTES,
  TICKET_SECRET_BYTES,
  TRANSPORT,
  UPSTREAM,
  UPSTREAM_BYTES,
  WORD_BYTES,
} from './layout.ts';
import type { Memory } from './memory.ts';
import {
  type PageExtent,
  readHost,
  readPages,
  readRoutes,
  readSlots,
  wordAt,
} from './read-records.ts';
import type { Entry } from './slots.ts';
import {
  decodeCertificate,
  decodeServerName,
  verifyCertificate,
  verifyServerName,
} from './tls-records.ts';
import { verifySection } from './verify-section.ts';

/**
 * Everything: the root, both tables, each record, and that each upstream named by a route exists.
 */
export function verifySnapshot(memory: Memory, root: number): void {
  verifyRoot(memory, root);
  const seed = wordAt(memory, root, ROOT.seed);
  const upstreams = verifyUpstreamTable(memory, root);
  const anyHost = wordAt(memory, root, ROOT.anyHost);
  const defaultRoute = wordAt(memory, root, ROOT.defaultRoute);
  const sections = verifyTable(memory, root, HOST_TABLE);
  if (anyHost !== 0) sections.push(anyHost);
  const hosts = new Set<string>();
  for (const section of sections) {
    verifySection(memory, section, seed);
    const host = readHost(memory, section);
    demand((host === '*') === (section === anyHost), `${JSON.stringify(host)} has its own place`);
    demand(!hosts.has(host), `host ${JSON.stringify(host)} is there once`);
    hosts.add(host);
    for (const route of readRoutes(memory, section)) verifyTargets(route, upstreams);
    const passthrough = decodePassthrough(memory, section);
    if (passthrough === null) continue;
    demand(upstreams.has(formatKey(passthrough.upstreamKey)), 'connections pass through somewhere');
  }
  verifyTls(memory, root, seed);
  if (defaultRoute === 0) return;
  verifyDefaultRoute(memory, defaultRoute);
  verifyTargets(decodeRoute(memory, defaultRoute), upstreams);
}

function verifyTls(memory: Memory, root: number, seed: number): void {
  const certificates = verifyTable(memory, root, CERTIFICATE_TABLE);
  for (const certificate of certificates) verifyCertificate(memory, certificate);
  const keys = new Set(certificates.map((one) => formatKey(decodeCertificate(memory, one).key)));
  demand(keys.size === certificates.length, 'each certificate is there once');
  const names = verifyTable(memory, root, SERVER_NAME_TABLE);
  const fallback = wordAt(memory, root, ROOT.fallbackName);
  for (const name of fallback === 0 ? names : [...names, fallback]) {
    verifyServerName(memory, name, seed);
    const { host, certificates: own } = decodeServerName(memory, name);
    demand((host === '*') === (name === fallback), `${JSON.stringify(host)} has its own place`);
    for (const key of own) demand(keys.has(formatKey(key)), 'a server name has its certificates');
  }
}

/** The root and the directories it names: that all their pages lie inside the memory. */
export function verifyRoot(memory: Memory, root: number): void {
  demandExtent(memory, root, ROOT_BYTES, 'root');
  demand(wordAt(memory, root, ROOT.magic) === MAGIC, 'the root begins with the magic word');
  demand(wordAt(memory, root, ROOT.size) === ROOT_BYTES, 'the root has its size');
  demand(wordAt(memory, root, ROOT.generation) > 0, 'a generation counts from 1');
  verifyDirectory(memory, root, HOST_TABLE);
  verifyDirectory(memory, root, UPSTREAM_TABLE);
  verifyDirectory(memory, root, SERVER_NAME_TABLE);
  verifyDirectory(memory, root, CERTIFICATE_TABLE);
  const ticketSecret = wordAt(memory, root, ROOT.ticketSecret);
  demandExtent(memory, ticketSecret, TICKET_SECRET_BYTES, 'ticket secret');
}

/**
 * One page, wherever it lies: that each entry is found in it and leads to a record of its hash,
 * which begins with these bits.
 */
export function verifyPage(
  memory: Memory,
  { offset, slots }: PageExtent,
  { hashWord, depth, bits }: PagePlace,
): void {
  verifyPageExtent(memory, { offset, slots });
  const entries = readSlots(memory, offset, slots);
  demand(usedSlots(entries) < slots, 'a page keeps an empty slot, at which every search ends');
  for (const entry of entries) {
    if (entry.offset === 0) continue;
    demandExtent(memory, entry.offset, SECTION_BYTES, 'record of a table');
    verifyFound(entries, entry);
    demand(wordAt(memory, entry.offset, hashWord) === entry.hash, 'an entry has its own hash');
    demand(depth === 0 || entry.hash >>> (32 - depth) === bits, 'an entry is in its own page');
  }
}

/** Where a page stands in its table. */
export interface PagePlace {
  /** Index of the word of each record that the hash of its entry is. */
  readonly hashWord: number;
  /** First bits of a hash that lead to the page. */
  readonly depth: number;
  /** Those bits, as a number. */
  readonly bits: number;
}

/** The record of an upstream, wherever it lies. */
export function verifyUpstream(memory: Memory, upstream: number): void {
  demandExtent(memory, upstream, UPSTREAM_BYTES, 'upstream header');
  demandExtent(memory, upstream, wordAt(memory, upstream, UPSTREAM.size), 'upstream');
  const { size, contentSize, key, name, stamp } = decodeDestination(memory, upstream);
  demand(size === alignUp(contentSize, RECORD_ALIGNMENT), 'an upstream has the size of its parts');
  const rest = memory.bytes.subarray(upstream + UPSTREAM.key * WORD_BYTES, upstream + size);
  demand(stamp === stampNumber(upstreamStamp(rest)), 'a stamp is that of its upstream');
  verifyTransport(wordAt(memory, upstream, UPSTREAM.transport));
  verifyKey(key, upstreamKey(name), `upstream ${JSON.stringify(name)}`);
  verifyEndpoints(memory, upstream);
}

function verifyEndpoints(memory: Memory, upstream: number): void {
  const end = upstream + endpointsEnd(wordAt(memory, upstream, UPSTREAM.endpointCount));
  for (let at = upstream + UPSTREAM_BYTES; at < end; at += ENDPOINT_BYTES) {
    const family = wordAt(memory, at, ENDPOINT.family);
    const port = wordAt(memory, at, ENDPOINT.port);
    if (family !== 4 && family !== 6) demand(false, 'an address is IPv4 or IPv6');
    if (port === 0 || port > 65_535) demand(false, 'a port has 16 bits');
  }
}

function verifyTransport(bits: number): void {
  const { http2, tls, verifies, authorities, identity } = TRANSPORT;
  const known = (bits & tls) === 0 ? http2 : http2 | tls | verifies | authorities | identity;
  demand((bits & ~known) === 0, 'a transport has bits that mean something');
}

/** The record of the default route, wherever it lies. */
export function verifyDefaultRoute(memory: Memory, route: number): void {
  demandExtent(memory, route, ROUTE_BYTES, 'default route');
  for (const { key, name } of decodeRoute(memory, route).upstreams) {
    verifyKey(key, upstreamKey(name), 'target');
  }
}

/** Word indices of the root that name a table, and of the records by which entries are found. */
interface TableFields {
  readonly name: string;
  readonly table: number;
  readonly shift: number;
  readonly count: number;
  readonly hashWord: number;
}

const HOST_TABLE: TableFields = {
  name: 'host table',
  table: ROOT.hostTable,
  shift: ROOT.hostShift,
  count: ROOT.hostCount,
  hashWord: SECTION.hostHash,
};

const UPSTREAM_TABLE: TableFields = {
  name: 'upstream table',
  table: ROOT.upstreamTable,
  shift: ROOT.upstreamShift,
  count: ROOT.upstreamCount,
  hashWord: UPSTREAM.key,
};

const SERVER_NAME_TABLE: TableFields = {
  name: 'server name table',
  table: ROOT.serverNameTable,
  shift: ROOT.serverNameShift,
  count: ROOT.serverNameCount,
  hashWord: SERVER_NAME.hash,
};

const CERTIFICATE_TABLE: TableFields = {
  name: 'certificate table',
  table: ROOT.certificateTable,
  shift: ROOT.certificateShift,
  count: ROOT.certificateCount,
  hashWord: CERTIFICATE.key,
};

function verifyDirectory(memory: Memory, root: number, { name, table, shift }: TableFields): void {
  const depth = 32 - wordAt(memory, root, shift);
  demand(depth >= 1 && depth <= limits.tableDepthMax, `the ${name} is read by a few bits`);
  const directory = wordAt(memory, root, table);
  demandExtent(memory, directory, PAGE_BYTES << depth, name);
  // All of them at each publication, so nothing is allocated.
  for (let at = 0; at < PAGE_WORDS << depth; at += PAGE_WORDS) {
    const offset = wordAt(memory, directory, at + PAGE.offset);
    const slots = wordAt(memory, directory, at + PAGE.mask) + 1;
    if (!isPageSane(memory, offset, slots)) demand(false, `each page of the ${name} is somewhere`);
  }
}

function verifyPageExtent(memory: Memory, { offset, slots }: PageExtent): void {
  demand(isPageSane(memory, offset, slots), 'a page is somewhere');
}

function isPageSane(memory: Memory, offset: number, slots: number): boolean {
  const isPlace = offset > 0 && offset % RECORD_ALIGNMENT === 0;
  const isCount = slots > 0 && (slots & (slots - 1)) === 0;
  return isPlace && isCount && offset + slots * SLOT_BYTES <= memory.bytes.length;
}

/** The keys of the upstreams. */
function verifyUpstreamTable(memory: Memory, root: number): Set<string> {
  const offsets = verifyTable(memory, root, UPSTREAM_TABLE);
  for (const upstream of offsets) verifyUpstream(memory, upstream);
  const keys = new Set(offsets.map((offset) => formatKey(decodeDestination(memory, offset).key)));
  demand(keys.size === offsets.length, 'each upstream is there once');
  return keys;
}

/** The offsets of the records. Those of a page that is named more than once count once. */
function verifyTable(
  memory: Memory,
  root: number,
  { table, shift: shiftWord, count, hashWord }: TableFields,
): number[] {
  const shift = wordAt(memory, root, shiftWord);
  const offsets: number[] = [];
  for (const [index, page] of readPages(memory, wordAt(memory, root, table), shift).entries()) {
    const entries = readSlots(memory, page.offset, page.slots);
    demand(usedSlots(entries) < page.slots, 'a page keeps an empty slot');
    for (const entry of entries) {
      if (entry.offset === 0 || entry.hash >>> shift !== index) continue;
      demandExtent(memory, entry.offset, SECTION_BYTES, 'record of a table');
      verifyFound(entries, { hash: wordAt(memory, entry.offset, hashWord), offset: entry.offset });
      offsets.push(entry.offset);
    }
  }
  demand(offsets.length === wordAt(memory, root, count), 'a table holds as many as its root says');
  return offsets;
}

/** A search for this hash meets this offset, under this hash, before an empty slot. */
function verifyFound(entries: readonly Entry[], { hash, offset }: Entry): void {
  const mask = entries.length - 1;
  for (let slot = hash & mask, steps = 0; steps <= mask; slot = (slot + 1) & mask, steps += 1) {
    const entry = entries[slot] as Entry;
    if (entry.offset === 0) break;
    if (entry.offset === offset && entry.hash === hash >>> 0) return;
  }
  demand(false, 'each entry of a table is found by its hash');
}

function verifyTargets(route: DecodedRoute, upstreams: ReadonlySet<string>): void {
  for (const { key, name } of route.upstreams) {
    demand(upstreams.has(formatKey(key)), `upstream ${JSON.stringify(name)} of a route is there`);
  }
}

function verifyKey(key: Uint32Array, expected: Uint32Array, what: string): void {
  const isEqual = key.every((word, index) => word === expected[index]);
  if (!isEqual) demand(false, `the key of ${what} is that of its name`);
}

function usedSlots(entries: readonly Entry[]): number {
  return entries.filter(({ offset }) => offset !== 0).length;
}
