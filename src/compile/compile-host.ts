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
import { type Entry, fillSlots } from '#snapshot/slots.ts';
import { writeDetails, writeMatch } from './compile-route.ts';
import { writeAdmission } from './write-admission.ts';

/**
 * The key that finds a host: `*.shop.example` is found by `.shop.example`, others by their name.
 */
export function hostKey(host: string): string {
  return host.startsWith('*.') ? host.slice(1) : host;
}

/** The section of a virtual host. */
export function compileHost(virtualHost: VirtualHost, seed: number): Uint8Array {
  const writer = new ByteWriter();
  writeHost(writer, virtualHost, { seed, keyOf: upstreamKeys() });
  return writer.toBytes();
}

export interface HostOptions {
  readonly seed: number;
  /** Of an upstream's name. */
  readonly keyOf: (name: string) => Uint32Array;
}

/** Writes the section of a virtual host as a record of its own. */
export function writeHost(
  writer: ByteWriter,
  virtualHost: VirtualHost,
  { seed, keyOf }: HostOptions,
): void {
  const { host, routes } = virtualHost;
  const key = encodeText(hostKey(host));
  assert(key.length > 0 && key.length <= limits.hostBytesMax, 'a host has a valid length');
  const slots = slotCount(routes.length);
  const table = pathTableOffset(key.length);
  const routesStart = table + slots * SLOT_BYTES;

  writer.beginRecord();
  writer.writeWord(0);
  writer.writeWord(hashHost(key, seed));
  writer.writeWord(key.length);
  writer.writeWord(slots - 1);
  writer.writeWord(0);
  writer.writeWord(routes.filter(({ match }) => match.type === 'Exact').length);
  writer.writeWord(routes.length);
  writer.writeWord(routesStart);
  writer.writeWord(0);
  writer.writeWord(0);
  assert(writer.size === SECTION_BYTES, 'a section header has its size');
  writer.writeBytes(key);
  writer.writeZeros(routesStart - writer.size);
  let depthMask = 0;
  const entries: Entry[] = [];
  for (const { match } of routes) {
    const { offset, path } = writeMatch(writer, match);
    const hash = hashPath(path, seed);
    // As layout.ts says of the path table: a Prefix is found by the complement of its hash.
    entries.push({ hash: match.type === 'Exact' ? hash : ~hash, offset });
    if (match.type === 'Prefix') depthMask |= depthBit(path);
  }
  for (const [index, { offset }] of entries.entries()) {
    writeDetails(writer, { route: routes[index] as Route, offset, keyOf });
  }
  writeAdmission(writer, virtualHost);
  writer.pad(RECORD_ALIGNMENT);

  writer.patchWords(table, fillSlots(slots, entries));
  writer.patchWord(SECTION.depthMask * WORD_BYTES, depthMask);
  writer.patchWord(SECTION.size * WORD_BYTES, writer.size);
}

function depthBit(path: Uint8Array): number {
  const depth = prefixDepth(path);
  assert(depth <= limits.prefixDepthMax, 'a prefix is not deeper than the mask is wide');
  return 1 << depth;
}
