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
  ROUTE,
  SECTION,
  SECTION_BYTES,
  SLOT_BYTES,
  slotCount,
  WORD_BYTES,
} from '#snapshot/layout.ts';
import { type Entry, fillSlots } from '#snapshot/slots.ts';
import { compileRouteParts, matchedPath, type RouteParts } from './compile-route.ts';

const SLASH = 0x2f;

/**
 * The key that finds a host: `*.shop.example` is found by `.shop.example`, others by their name.
 */
export function hostKey(host: string): string {
  return host.startsWith('*.') ? host.slice(1) : host;
}

/** The section of a virtual host. */
export function compileHost(host: VirtualHost, seed: number): Uint8Array {
  const key = encodeText(hostKey(host.host));
  assert(key.length > 0 && key.length <= limits.hostBytesMax, 'a host has a valid length');
  const compiled = host.routes.map((route) => compileRouteParts(host.host, route));
  const slots = slotCount(compiled.length);
  const routesStart = pathTableOffset(key.length) + slots * SLOT_BYTES;
  const offsets = offsetsOf(routesStart, compiled);

  const writer = new ByteWriter();
  writer.writeWord(0);
  writer.writeWord(hashHost(key, seed));
  writer.writeWord(key.length);
  writer.writeWord(slots - 1);
  writer.writeWord(depthMask(host.routes));
  writer.writeWord(host.routes.filter(({ match }) => match.type === 'Exact').length);
  writer.writeWord(compiled.length);
  writer.writeWord(routesStart);
  assert(writer.size === SECTION_BYTES, 'a section header has its size');
  writer.writeBytes(key);
  writer.pad(RECORD_ALIGNMENT);
  writer.writeWords(fillSlots(slots, pathEntries(host.routes, offsets, seed)));
  assert(writer.size === routesStart, 'the routes lie where the header says');
  for (const { match } of compiled) writer.writeBytes(match);
  for (const [index, { details }] of compiled.entries()) {
    const route = offsets[index] as number;
    writer.patchWord(route + ROUTE.details * WORD_BYTES, writer.size - route);
    writer.writeBytes(details);
  }
  writer.pad(RECORD_ALIGNMENT);
  writer.patchWord(SECTION.size * WORD_BYTES, writer.size);
  return writer.toBytes();
}

/** Where each route lies if they follow one another from `start`. */
function offsetsOf(start: number, routes: readonly RouteParts[]): number[] {
  let end = start;
  return routes.map(({ match }) => {
    const offset = end;
    end += match.length;
    return offset;
  });
}

function pathEntries(routes: readonly Route[], offsets: readonly number[], seed: number): Entry[] {
  return routes.map(({ match }, index) => {
    const hash = hashPath(matchedPath(match), seed);
    return { hash: match.type === 'Exact' ? hash : ~hash, offset: offsets[index] as number };
  });
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
