// One VirtualHost of the plan -> the bytes of its section (snapshot/layout.ts), which hold at any
// place in memory. Equal hosts and seeds give equal bytes.

import { assert } from '#base/assert.ts';
import { ByteWriter, encodeText } from '#base/bytes.ts';
import { hashHost, hashPath } from '#base/hash.ts';
import { limits } from '#base/limits.ts';
import type { Route, VirtualHost } from '#plan/routing-plan.ts';
import {
  pathTableOffset,
  RECORD_ALIGNMENT,
  SECTION,
  SECTION_BYTES,
  SLOT_BYTES,
  slotCount,
  WORD_BYTES,
} from '#snapshot/layout.ts';
import { fillSlots } from '#snapshot/slots.ts';
import { matchedPath, writeDetails, writeMatch } from './compile-route.ts';
import { writeAdmission } from './write-admission.ts';

const SLASH = 0x2f;

/**
 * The key that finds a host: `*.shop.example` is found by `.shop.example`, others by their name.
 */
export function hostKey(host: string): string {
  return host.startsWith('*.') ? host.slice(1) : host;
}

/** The section of a virtual host. */
export function compileHost(virtualHost: VirtualHost, seed: number): Uint8Array {
  const { host, routes } = virtualHost;
  const key = encodeText(hostKey(host));
  assert(key.length > 0 && key.length <= limits.hostBytesMax, 'a host has a valid length');
  const slots = slotCount(routes.length);
  const table = pathTableOffset(key.length);
  const routesStart = table + slots * SLOT_BYTES;

  const writer = new ByteWriter();
  writer.writeWord(0);
  writer.writeWord(hashHost(key, seed));
  writer.writeWord(key.length);
  writer.writeWord(slots - 1);
  writer.writeWord(depthMask(routes));
  writer.writeWord(routes.filter(({ match }) => match.type === 'Exact').length);
  writer.writeWord(routes.length);
  writer.writeWord(routesStart);
  writer.writeWord(0);
  writer.writeWord(0);
  assert(writer.size === SECTION_BYTES, 'a section header has its size');
  writer.writeBytes(key);
  writer.writeZeros(routesStart - writer.size);
  const placed = routes.map((route) => ({ host, route, offset: writeMatch(writer, route) }));
  for (const route of placed) writeDetails(writer, route);
  writeAdmission(writer, virtualHost);
  writer.pad(RECORD_ALIGNMENT);

  const entries = placed.map(({ route, offset }) => ({ hash: pathHash(route, seed), offset }));
  writer.patchWords(table, fillSlots(slots, entries));
  writer.patchWord(SECTION.size * WORD_BYTES, writer.size);
  return writer.toBytes();
}

/** As layout.ts says of the path table: a Prefix is found by the complement of its hash. */
function pathHash({ match }: Route, seed: number): number {
  const hash = hashPath(matchedPath(match), seed);
  return match.type === 'Exact' ? hash : ~hash;
}

function depthMask(routes: readonly Route[]): number {
  let mask = 0;
  for (const { match } of routes) if (match.type === 'Prefix') mask |= 1 << depthOf(match);
  return mask;
}

/** Elements of a prefix: as many as its slashes, and none for the prefix of all paths. */
function depthOf(match: Route['match']): number {
  const depth = matchedPath(match).filter((code) => code === SLASH).length;
  assert(depth <= limits.prefixDepthMax, 'a prefix is not deeper than the mask is wide');
  return depth;
}
