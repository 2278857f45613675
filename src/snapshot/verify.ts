// Says whether a snapshot is what layout.ts says, before any worker reads it. Everything that a
// lookup trusts is checked here: bounds, sizes, masks, hashes, keys, and that each entry of a table
// is found by a search. An Error from here is our own mistake, and nothing is published.
//
// The checks of a section and of an upstream stand alone, so that a publisher need only make them
// for what is fresh, and the cost grows with the change.

import { alignUp, encodeText, textBytes } from '#base/bytes.ts';
import { formatKey, hashHost, hashPath } from '#base/hash.ts';
import { limits } from '#base/limits.ts';
import { type DecodedRoute, decodeEndpoints, decodeRoute, stampNumber } from './decode.ts';
import { endpointsStamp, routeKey, upstreamKey } from './keys.ts';
import {
  ENDPOINT_BYTES,
  MAGIC,
  pathTableOffset,
  RECORD_ALIGNMENT,
  ROOT,
  ROOT_BYTES,
  ROUTE_BYTES,
  SECTION,
  SECTION_BYTES,
  SLOT_BYTES,
  slotCount,
  UPSTREAM,
  UPSTREAM_BYTES,
} from './layout.ts';
import type { Memory } from './memory.ts';
import { type PlacedRoute, readHost, readRoutes, readSlots, wordAt } from './read-records.ts';
import type { Entry } from './slots.ts';

const SLASH = 0x2f;

/**
 * Everything: the root, both tables, each record, and that each upstream named by a route exists.
 */
export function verifySnapshot(memory: Memory, root: number): void {
  verifyRoot(memory, root);
  const seed = wordAt(memory, root, ROOT.seed);
  const upstreams = verifyUpstreamTable(memory, root);
  const anyHost = wordAt(memory, root, ROOT.anyHost);
  const defaultRoute = wordAt(memory, root, ROOT.defaultRoute);
  const sections = verifyHostTable(memory, root);
  if (anyHost !== 0) sections.push(anyHost);
  const hosts = new Set<string>();
  for (const section of sections) {
    verifySection(memory, section, seed);
    const host = readHost(memory, section);
    demand((host === '*') === (section === anyHost), `${JSON.stringify(host)} has its own place`);
    demand(!hosts.has(host), `host ${JSON.stringify(host)} is there once`);
    hosts.add(host);
    for (const route of readRoutes(memory, section)) verifyTargets(route, upstreams);
  }
  if (defaultRoute === 0) return;
  verifyDefaultRoute(memory, defaultRoute);
  verifyTargets(decodeRoute(memory, defaultRoute), upstreams);
}

/** The root alone: that it names tables which lie inside the memory. */
export function verifyRoot(memory: Memory, root: number): void {
  verifyExtent(memory, root, ROOT_BYTES, 'root');
  demand(wordAt(memory, root, ROOT.magic) === MAGIC, 'the root begins with the magic word');
  demand(wordAt(memory, root, ROOT.size) === ROOT_BYTES, 'the root has its size');
  demand(wordAt(memory, root, ROOT.generation) > 0, 'a generation counts from 1');
  for (const [name, table, mask, count] of [
    ['host table', ROOT.hostTable, ROOT.hostMask, ROOT.hostCount],
    ['upstream table', ROOT.upstreamTable, ROOT.upstreamMask, ROOT.upstreamCount],
  ] as const) {
    const slots = slotCount(wordAt(memory, root, count));
    demand(wordAt(memory, root, mask) === slots - 1, `the ${name} has the slots its count needs`);
    verifyExtent(memory, wordAt(memory, root, table), slots * SLOT_BYTES, name);
  }
}

/** One section, wherever it lies, and all its routes. */
export function verifySection(memory: Memory, section: number, seed: number): void {
  verifyExtent(memory, section, SECTION_BYTES, 'section header');
  const size = wordAt(memory, section, SECTION.size);
  verifyExtent(memory, section, size, 'section');
  const hostSize = wordAt(memory, section, SECTION.hostSize);
  demand(hostSize > 0 && hostSize <= limits.hostBytesMax, 'a host key has a valid size');
  const routeCount = wordAt(memory, section, SECTION.routeCount);
  const slots = slotCount(routeCount);
  const table = pathTableOffset(hostSize);
  demand(wordAt(memory, section, SECTION.pathMask) === slots - 1, 'a path table has its slots');
  demand(
    wordAt(memory, section, SECTION.routes) === table + slots * SLOT_BYTES,
    'the routes follow the path table',
  );
  demand(table + slots * SLOT_BYTES <= size, 'a path table lies in its section');
  const hostStart = section + SECTION_BYTES;
  const key = memory.bytes.slice(hostStart, hostStart + hostSize);
  const hash = hashHost(key, seed) >>> 0;
  demand(wordAt(memory, section, SECTION.hostHash) === hash, 'a section has the hash of its host');
  verifyRoutes(memory, section, { seed, size, slots, table });
}

/** The record of an upstream, wherever it lies. */
export function verifyUpstream(memory: Memory, upstream: number): void {
  verifyExtent(memory, upstream, UPSTREAM_BYTES, 'upstream header');
  verifyExtent(memory, upstream, wordAt(memory, upstream, UPSTREAM.size), 'upstream');
  const { size, key, name, stamp, endpoints } = decodeEndpoints(memory, upstream);
  const end = UPSTREAM_BYTES + endpoints.length * ENDPOINT_BYTES + textBytes(name);
  demand(size === alignUp(end, RECORD_ALIGNMENT), 'an upstream has the size of what it holds');
  demand(stamp === stampNumber(endpointsStamp(endpoints)), 'a stamp is that of the endpoints');
  verifyKey(key, upstreamKey(name), `upstream ${JSON.stringify(name)}`);
  for (const { port } of endpoints) demand(port > 0 && port <= 65_535, 'a port has 16 bits');
}

/** The record of the default route, wherever it lies. */
export function verifyDefaultRoute(memory: Memory, route: number): void {
  verifyExtent(memory, route, ROUTE_BYTES, 'default route');
  verifyRouteKeys(decodeRoute(memory, route), '');
}

interface PathTable {
  readonly seed: number;
  /** Bytes of the section. */
  readonly size: number;
  readonly slots: number;
  /** Offset of the path table in the section. */
  readonly table: number;
}

function verifyRoutes(
  memory: Memory,
  section: number,
  { seed, size, slots, table }: PathTable,
): void {
  const host = readHost(memory, section);
  const entries = readSlots(memory, section + table, slots);
  const routes = readRoutes(memory, section);
  const matches = new Set<string>();
  let depthMask = 0;
  for (const route of routes) {
    verifyRouteKeys(route, host);
    const path = matchedPath(route);
    const hash = hashPath(path, seed);
    verifyFound(entries, { hash: route.type === 'Exact' ? hash : ~hash, offset: route.start });
    matches.add(`${route.type} ${route.path}`);
    if (route.type === 'Prefix') depthMask |= 1 << path.filter((code) => code === SLASH).length;
  }
  verifyContiguous(routes, { start: table + slots * SLOT_BYTES, size });
  demand(matches.size === routes.length, 'a section holds each match once');
  demand(usedSlots(entries) === routes.length, 'a path table holds the routes and nothing else');
  demand(wordAt(memory, section, SECTION.depthMask) === depthMask >>> 0, 'the depth mask is right');
  const exactCount = routes.filter(({ type }) => type === 'Exact').length;
  demand(wordAt(memory, section, SECTION.exactCount) === exactCount, 'the exact count is right');
}

/** First all routes, then all their details, then the end of the section. */
function verifyContiguous(
  routes: readonly PlacedRoute[],
  { start, size }: { readonly start: number; readonly size: number },
): void {
  let end = routes.at(-1)?.end ?? start;
  for (const { detailsStart, detailsEnd } of routes) {
    demand(detailsStart === end, 'details follow one another after the routes');
    end = detailsEnd;
  }
  demand(alignUp(end, RECORD_ALIGNMENT) === size, 'the details end where their section ends');
}

function matchedPath({ type, path }: PlacedRoute): Uint8Array {
  return encodeText(type === 'Prefix' && path === '/' ? '' : path);
}

function verifyRouteKeys(route: DecodedRoute, host: string): void {
  verifyKey(route.key, routeKey({ host, type: route.type, path: route.path }), 'route');
  for (const { key, name } of route.upstreams) verifyKey(key, upstreamKey(name), 'target');
}

/** The offsets of the sections. */
function verifyHostTable(memory: Memory, root: number): number[] {
  return verifyTable(memory, root, {
    table: ROOT.hostTable,
    count: ROOT.hostCount,
    hashOf: (section) => wordAt(memory, section, SECTION.hostHash),
  });
}

/** The keys of the upstreams. */
function verifyUpstreamTable(memory: Memory, root: number): Set<string> {
  const offsets = verifyTable(memory, root, {
    table: ROOT.upstreamTable,
    count: ROOT.upstreamCount,
    hashOf: (upstream) => wordAt(memory, upstream, UPSTREAM.key),
  });
  for (const upstream of offsets) verifyUpstream(memory, upstream);
  const keys = new Set(offsets.map((offset) => formatKey(decodeEndpoints(memory, offset).key)));
  demand(keys.size === offsets.length, 'each upstream is there once');
  return keys;
}

interface TableFields {
  readonly table: number;
  readonly count: number;
  readonly hashOf: (offset: number) => number;
}

function verifyTable(
  memory: Memory,
  root: number,
  { table, count, hashOf }: TableFields,
): number[] {
  const expected = wordAt(memory, root, count);
  const entries = readSlots(memory, wordAt(memory, root, table), slotCount(expected));
  demand(usedSlots(entries) === expected, 'a table holds as many entries as its root says');
  const offsets = entries.map(({ offset }) => offset).filter((offset) => offset !== 0);
  for (const offset of offsets) {
    verifyExtent(memory, offset, SECTION_BYTES, 'record of a table');
    verifyFound(entries, { hash: hashOf(offset), offset });
  }
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
  demand(formatKey(key) === formatKey(expected), `the key of ${what} is that of its name`);
}

function verifyExtent(memory: Memory, offset: number, size: number, what: string): void {
  demand(offset % RECORD_ALIGNMENT === 0, `${what} at ${offset} is aligned`);
  demand(offset >= 0 && offset + size <= memory.bytes.length, `${what} at ${offset} is inside`);
}

function usedSlots(entries: readonly Entry[]): number {
  return entries.filter(({ offset }) => offset !== 0).length;
}

function demand(condition: boolean, belief: string): asserts condition {
  if (!condition) throw new Error(`snapshot refused: it is not true that ${belief}`);
}
