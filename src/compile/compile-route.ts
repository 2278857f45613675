// One Route of the plan -> the bytes of a route record (snapshot/layout.ts), which hold at any
// place in memory. The default route is such a record too.

import { assert } from '#base/assert.ts';
import { ByteWriter } from '#base/bytes.ts';
import type { Filter, PathMatch, Route } from '#plan/routing-plan.ts';
import { upstreamKeys } from '#snapshot/keys.ts';
import {
  DETAILS,
  FILTER,
  MATCH_EXACT,
  MATCH_PREFIX,
  matchWord,
  RECORD_ALIGNMENT,
  ROUTE,
  ROUTE_BYTES,
  WORD_BYTES,
} from '#snapshot/layout.ts';

/** A route as one record. */
export function compileRoute(route: Route): Uint8Array {
  const writer = new ByteWriter();
  const { offset } = writeMatch(writer, route.match);
  writeDetails(writer, { route, offset, keyOf: upstreamKeys() });
  writer.pad(RECORD_ALIGNMENT);
  return writer.toBytes();
}

export interface WrittenMatch {
  readonly offset: number;
  /** The bytes that a path is matched by, valid until the next write. */
  readonly path: Uint8Array;
}

/**
 * Writes what a path must be, and says where: the prefix of all paths is the empty one. The details
 * are still missing.
 */
export function writeMatch(writer: ByteWriter, { type, path }: PathMatch): WrittenMatch {
  assert(path.startsWith('/'), 'a path of the plan begins with a slash');
  const offset = writer.size;
  writer.writeZeros(ROUTE_BYTES);
  const sizeBytes = writer.writeTextBytes(type === 'Prefix' && path === '/' ? '' : path);
  const match = matchWord(type === 'Exact' ? MATCH_EXACT : MATCH_PREFIX, sizeBytes);
  writer.patchWord(offset + ROUTE.match * WORD_BYTES, match);
  return { offset, path: writer.written(offset + ROUTE_BYTES, sizeBytes) };
}

export interface MatchedRoute {
  readonly route: Route;
  /** Where `writeMatch` wrote the other part. */
  readonly offset: number;
  /** Of an upstream's name. */
  readonly keyOf: (name: string) => Uint32Array;
}

/** Writes the details of a route, and tells its other part where they are. */
export function writeDetails(writer: ByteWriter, { route, offset, keyOf }: MatchedRoute): void {
  const start = writer.size;
  writer.patchWord(offset + ROUTE.details * WORD_BYTES, start - offset);
  writer.writeWord(0);
  writer.writeWord(route.upstreams.length);
  for (const upstream of route.upstreams) {
    writer.writeWords(keyOf(upstream.name));
    writer.writeWord(upstream.weight);
    writer.writeText(upstream.name);
  }
  writeFilters(writer, route.filters);
  const { object, field } = route.source;
  writer.writeText(object?.kind ?? '');
  writer.writeText(object?.namespace ?? '');
  writer.writeText(object?.name ?? '');
  writer.writeText(field);
  writer.patchWord(start + DETAILS.size * WORD_BYTES, writer.size - start);
}

function writeFilters(writer: ByteWriter, filters: readonly Filter[]): void {
  const start = writer.size;
  writer.writeWord(0);
  for (const filter of filters) {
    writer.writeWord(FILTER[filter.type]);
    if (filter.type === 'strictTransportSecurity') writer.writeText(filter.value);
  }
  writer.patchWord(start, writer.size - start - WORD_BYTES);
}
