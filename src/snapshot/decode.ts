// Route and upstream records -> objects. It runs once for each record and generation, never once
// for each request. It refuses a record that leaves its own bounds.

import { assert } from '#base/assert.ts';
import { ByteReader } from '#base/bytes.ts';
import { decodeAddress } from './address.ts';
import {
  DETAILS_BYTES,
  ENDPOINT_BYTES,
  endpointsEnd,
  FILTER,
  KEY_WORDS,
  MATCH_EXACT,
  MATCH_PREFIX,
  splitMatchWord,
  TRANSPORT,
  UPSTREAM,
  UPSTREAM_BYTES,
} from './layout.ts';
import type { Memory } from './memory.ts';

export interface DecodedRoute {
  readonly type: 'Exact' | 'Prefix';
  readonly path: string;
  readonly upstreams: readonly DecodedTarget[];
  readonly filters: readonly DecodedFilter[];
  /** The object that asked for the route; null for the global default backend. */
  readonly object: {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
  } | null;
  /** Path inside that object. */
  readonly field: string;
}

export interface DecodedMatch {
  readonly type: 'Exact' | 'Prefix';
  readonly path: string;
  /** Bytes of the match: where the next one begins. */
  readonly size: number;
  /** Bytes from the start of the match to the details. */
  readonly detailsOffset: number;
}

export type DecodedFilter =
  | { readonly type: 'httpsRedirect' }
  | { readonly type: 'strictTransportSecurity'; readonly value: string };

export interface DecodedTarget {
  /** Four words, as `SnapshotView.findUpstream` takes them. */
  readonly key: Uint32Array;
  readonly weight: number;
  readonly name: string;
}

/** All of an upstream but its endpoints. */
export interface DecodedDestination {
  /** Bytes of the record. */
  readonly size: number;
  /** The same without the padding at its end. */
  readonly contentSize: number;
  readonly key: Uint32Array;
  readonly name: string;
  /** As `readStamp` gives it. */
  readonly stamp: number;
  readonly endpointCount: number;
  readonly transport: DecodedTransport;
}

export interface DecodedEndpoints extends DecodedDestination {
  readonly endpoints: readonly DecodedEndpoint[];
}

/** How endpoints are spoken to; null for TLS: in the clear. */
export interface DecodedTransport {
  readonly protocol: 'http/1.1' | 'h2';
  readonly tls: DecodedTls | null;
}

export interface DecodedTls {
  /** For SNI, and what a verified certificate must name. */
  readonly serverName: string | null;
  readonly verifies: boolean;
  /** PEM; null for those of the system. */
  readonly authorities: string | null;
  /** PEM; the key is secret. */
  readonly identity: { readonly chain: string; readonly key: string } | null;
}

export interface DecodedEndpoint {
  /** Canonical text, without brackets. */
  readonly address: string;
  readonly port: number;
}

/** The route that lies at `offset`. */
export function decodeRoute(memory: Memory, offset: number): DecodedRoute {
  const match = decodeMatch(memory, offset);
  return { type: match.type, path: match.path, ...decodeDetails(memory, offset, match) };
}

/** The rest of a route whose match is known. */
export function decodeDetails(
  memory: Memory,
  offset: number,
  { detailsOffset }: Pick<DecodedMatch, 'detailsOffset'>,
): Omit<DecodedRoute, 'type' | 'path'> {
  const reader = recordReader(memory, offset + detailsOffset);
  const size = reader.readWord();
  assert(size >= DETAILS_BYTES, 'details hold their header');
  const upstreamCount = reader.readWord();
  const upstreams: DecodedTarget[] = [];
  for (let index = 0; index < upstreamCount; index += 1) {
    const target = reader.readWords(KEY_WORDS);
    upstreams.push({ key: target, weight: reader.readWord(), name: reader.readText() });
  }
  const filters = readFilters(reader);
  const [kind, namespace, name] = [reader.readText(), reader.readText(), reader.readText()];
  const object = kind === '' ? null : { kind, namespace, name };
  const field = reader.readText();
  assert(reader.offset === offset + detailsOffset + size, 'details end where they say');
  return { upstreams, filters, object, field };
}

/** What the path must be, and where the details and the next route begin. */
export function decodeMatch(memory: Memory, offset: number): DecodedMatch {
  const reader = new ByteReader(memory.bytes, { start: offset, end: memory.bytes.length });
  const { type, pathSize } = splitMatchWord(reader.readWord());
  assert(type === MATCH_EXACT || type === MATCH_PREFIX, 'a route has a known type');
  const detailsOffset = reader.readWord();
  const text = reader.readTextOf(pathSize);
  const path = type === MATCH_PREFIX && text === '' ? '/' : text;
  const size = reader.offset - offset;
  return { type: type === MATCH_EXACT ? 'Exact' : 'Prefix', path, size, detailsOffset };
}

/** The upstream whose record lies at `offset`. */
export function decodeEndpoints(memory: Memory, offset: number): DecodedEndpoints {
  const destination = decodeDestination(memory, offset);
  const start = offset + UPSTREAM_BYTES;
  const end = offset + endpointsEnd(destination.endpointCount);
  const reader = new ByteReader(memory.bytes, { start, end });
  const endpoints: DecodedEndpoint[] = [];
  while (reader.offset < end) endpoints.push(readEndpoint(reader));
  return { ...destination, endpoints };
}

/** The same without a look at the endpoints, which may be thousands. */
export function decodeDestination(memory: Memory, offset: number): DecodedDestination {
  const reader = recordReader(memory, offset);
  const size = reader.readWord();
  assert(size >= UPSTREAM_BYTES, 'an upstream holds its header');
  const endpointCount = reader.readWord();
  reader.readWords(2);
  const key = reader.readWords(KEY_WORDS);
  const bits = reader.readWord();
  reader.pass(endpointCount * ENDPOINT_BYTES);
  const name = reader.readText();
  const transport = readTransport(reader, bits);
  const contentSize = reader.offset - offset;
  const stamp = readStamp(memory, offset);
  return { size, contentSize, key, name, stamp, endpointCount, transport };
}

function readTransport(reader: ByteReader, bits: number): DecodedTransport {
  const has = (bit: number): boolean => (bits & bit) !== 0;
  const protocol = has(TRANSPORT.http2) ? 'h2' : 'http/1.1';
  if (!has(TRANSPORT.tls)) return { protocol, tls: null };
  const serverName = reader.readText();
  const authorities = has(TRANSPORT.authorities) ? reader.readText() : null;
  const identity = has(TRANSPORT.identity)
    ? { chain: reader.readText(), key: reader.readText() }
    : null;
  const verifies = has(TRANSPORT.verifies);
  const tls = {
    serverName: serverName === '' ? null : serverName,
    verifies,
    authorities,
    identity,
  };
  return { protocol, tls };
}

/**
 * A safe integer that changes when the endpoints of an upstream change, or their transport: 53
 * bits of a hash. Whoever holds an equal one need not decode the record again.
 */
export function readStamp(memory: Memory, offset: number): number {
  const at = (offset >> 2) + UPSTREAM.stamp;
  return stampNumber(memory.words.subarray(at, at + 2));
}

/** The two words of a stamp as one safe integer. */
export function stampNumber(words: ArrayLike<number>): number {
  const [low = 0, high = 0] = [words[0], words[1]];
  return (high >>> 11) * 0x1_0000_0000 + (low >>> 0);
}

function readFilters(reader: ByteReader): DecodedFilter[] {
  const end = reader.readWord() + reader.offset;
  const filters: DecodedFilter[] = [];
  while (reader.offset < end) {
    const type = reader.readWord();
    if (type === FILTER.httpsRedirect) filters.push({ type: 'httpsRedirect' });
    else {
      assert(type === FILTER.strictTransportSecurity, 'a filter has a known type');
      filters.push({ type: 'strictTransportSecurity', value: reader.readText() });
    }
  }
  assert(reader.offset === end, 'filters end where they say');
  return filters;
}

function readEndpoint(reader: ByteReader): DecodedEndpoint {
  const family = reader.readWord();
  assert(family === 4 || family === 6, 'an address is IPv4 or IPv6');
  const port = reader.readWord();
  const bytes = reader.readBytes(ENDPOINT_BYTES - 8);
  return { address: decodeAddress(family === 4 ? bytes.subarray(0, 4) : bytes), port };
}

/** A reader over the record at `offset`, as far as its own size says. */
function recordReader(memory: Memory, offset: number): ByteReader {
  const size = (memory.words[offset >> 2] as number) >>> 0;
  return new ByteReader(memory.bytes, { start: offset, end: offset + size });
}
