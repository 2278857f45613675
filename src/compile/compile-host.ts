// One VirtualHost of the plan -> the bytes of its section (snapshot/layout.ts), which hold at any
// place in memory. Equal hosts and seeds give equal bytes.

import { assert } from '#base/assert.ts';
import { ByteWriter, encodeText } from '#base/bytes.ts';
import { hashHost, hashPath } from '#base/hash.ts';
import { limits } from '#base/limits.ts';
import type { Route, VirtualHost } from '#plan/routing-plan.ts';
import { upstreamKeys } from '#snapshot/keys.ts';
import {
  pathTableOffset,
  prefixDepth,
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

  const matches = routes.map(matchOf);

  const writer = new ByteWriter();
  writer.writeWord(0);
  writer.writeWord(hashHost(key, seed));
  writer.writeWord(key.length);
  writer.writeWord(slots - 1);
  writer.writeWord(depthMask(matches));
  writer.writeWord(routes.filter(({ match }) => match.type === 'Exact').length);
  writer.writeWord(routes.length);
  writer.writeWord(routesStart);
  writer.writeWord(0);
  writer.writeWord(0);
  assert(writer.size === SECTION_BYTES, 'a section header has its size');
  writer.writeBytes(key);
  writer.writeZeros(routesStart - writer.size);
  const keyOf = upstreamKeys();
  const placed = matches.map((match) => {
    const { route, type, path } = match;
    return { ...match, route, offset: writeMatch(writer, type, path), keyOf };
  });
  for (const route of placed) writeDetails(writer, route);
  writeAdmission(writer, virtualHost);
  writer.pad(RECORD_ALIGNMENT);

  const entries = placed.map((one) => ({ hash: pathHash(one, seed), offset: one.offset }));
  writer.patchWords(table, fillSlots(slots, entries));
  writer.patchWord(SECTION.size * WORD_BYTES, writer.size);
  return writer.toBytes();
}

/** What a path must be, in bytes. */
interface Match {
  readonly route: Route;
  readonly type: Route['match']['type'];
  readonly path: Uint8Array;
}

function matchOf(route: Route): Match {
  return { route, type: route.match.type, path: matchedPath(route.match) };
}

/** As layout.ts says of the path table: a Prefix is found by the complement of its hash. */
function pathHash({ type, path }: Match, seed: number): number {
  const hash = hashPath(path, seed);
  return type === 'Exact' ? hash : ~hash;
}

function depthMask(matches: readonly Match[]): number {
  let mask = 0;
  for (const { type, path } of matches) {
    if (type !== 'Prefix') continue;
    const depth = prefixDepth(path);
    assert(depth <= limits.prefixDepthMax, 'a prefix is not deeper than the mask is wide');
    mask |= 1 << depth;
  }
  return mask;
}
