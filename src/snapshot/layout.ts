// The byte format of a snapshot: every record, field by field. All words are 32 bits, little-endian
// and unsigned; every record begins at a multiple of 8. It does not know who writes or reads.
//
// Offsets inside a section, a route or an upstream count from the start of that record, so those
// may be compiled before anybody knows where they will lie. Offsets in the root and in the two
// tables it names count from the start of the arena. Offset 0 means "none" everywhere.
//
//   root ──▶ host table ──▶ section ─┬─▶ path table ──▶ route ─┄ key ┄┐
//     ├────▶ section of `*`          └─▶ routes                       ┆
//     ├────▶ default route                                            ▼
//     ├────▶ upstream table ────────────────────────────────────▶ upstream
//     ├────▶ server name table ─────▶ server name ─┄┄┄ key ┄┄┄┐
//     └────▶ certificate table ────────────────────────────────────▶ certificate

import { assert } from '#base/assert.ts';

/** Word indices of the root record, which is what a worker adopts. */
export const ROOT = {
  /** MAGIC: format and version in one. */
  magic: 0,
  generation: 1,
  /** The hash of each host and path began as this; see base/hash.ts. */
  seed: 2,
  /** Directory of the host table. */
  hostTable: 3,
  /** `hash >>> hostShift` is the number of the page in the directory: 31 or less. */
  hostShift: 4,
  /** Hosts in the table. */
  hostCount: 5,
  /** Section of `*`: answers for any host that the table does not hold. */
  anyHost: 6,
  /** A route record: answers what no section answers. */
  defaultRoute: 7,
  upstreamTable: 8,
  upstreamShift: 9,
  upstreamCount: 10,
  serverNameTable: 11,
  serverNameShift: 12,
  serverNameCount: 13,
  certificateTable: 14,
  certificateShift: 15,
  certificateCount: 16,
  /** A server name record: answers for names that the table does not hold; 0 without TLS. */
  fallbackName: 17,
  /** A ticket secret record; 0 without TLS. */
  ticketSecret: 18,
  /** The root's own size in bytes. */
  size: 19,
} as const;
export const ROOT_BYTES = 80;

/**
 * A table of hosts, upstreams, server names or certificates: a directory, which the first bits of a
 * hash lead into, and pages, each of them a hash table of a few dozen slots.
 *
 *   root ──▶ directory        page 0x
 *            ┌ 00 ┬ page ┬ ─▶ ┌──────┬────────┬──────┬ ...
 *            ├ 01 ┼ page ┼ ─▶ │ hash │ offset │ hash │
 *            ├ 10 ┼ page ┼ ─▶ page 10
 *            └ 11 ┴ page ┴ ─▶ page 11
 *
 * A page with too many entries is two pages, told apart by one more bit, so its form depends on
 * what is in the table and on nothing else; and one change writes one page and the directory,
 * whatever the size of the table.
 */
export const PAGE = { offset: 0, mask: 1 } as const;
export const PAGE_WORDS = 2;
export const PAGE_BYTES = 8;

/**
 * A slot of a page, and of a section's path table: [hash, offset]. Linear probing from the last
 * bits of the hash, at most two thirds full, an empty slot has offset 0.
 *
 *   host table      hash of the host key, whole, so that a wrong host is passed without a look at
 *                   its section; the key of `*.example` is `.example`
 *   path table      hash of the path for an Exact route, its complement for a Prefix
 *   upstream table  word 0 of the upstream's key
 *   server names    as the host table
 *   certificates    word 0 of the certificate's key
 */
export const SLOT = { hash: 0, offset: 1 } as const;
export const SLOT_WORDS = 2;
export const SLOT_BYTES = 8;

/**
 * A section is a compiled virtual host.
 *
 *   | header, 40 bytes | host key, padded | path table | routes | details of each | client rules |
 *   | passthrough |
 *
 * What a lookup needs comes first and close together; what a worker reads once comes last.
 */
export const SECTION = {
  /** Size of the whole section in bytes. */
  size: 0,
  hostHash: 1,
  /** Bytes of the host key. */
  hostSize: 2,
  /** Slots of the path table less one. */
  pathMask: 3,
  /** Bit d is set if some Prefix has d elements; the prefix of all paths has none. */
  depthMask: 4,
  exactCount: 5,
  routeCount: 6,
  /** Offset of the first route; the others follow it in the order of precedence. */
  routes: 7,
  /** What clients show of themselves over TLS; 0 for nothing. */
  clientRules: 8,
  /** Where connections over TLS are passed through to; 0 if they are not. */
  passthrough: 9,
} as const;
export const SECTION_BYTES = 40;

/**
 * The first word of client rules; their key (4 words) and the authorities, a text, follow. A
 * passthrough is the key of its upstream (4 words) and the name, a text.
 */
export const CLIENT_RULES = { optional: 1, required: 2 } as const;

/**
 * A route: what a path must be, and where the rest is. It begins at a multiple of 4.
 *
 *   | header, 8 bytes | path, padded |
 */
export const ROUTE = {
  /** Type and size of the path in one; see `matchWord`. */
  match: 0,
  /** Bytes from the start of this route to its details. */
  details: 1,
} as const;
export const ROUTE_BYTES = 8;

/**
 * All that a worker needs to know of a route once the path has matched.
 *
 *   | header, 8 bytes | per upstream: key (4 words), weight, name | filters | source |
 *
 * A text is its size in bytes and its UTF-8, padded. `filters` is a size in bytes (0: none) and so
 * many bytes of filters, each a word that says its type; with FILTER.strictTransportSecurity comes
 * the text of its value.
 * `source` is kind, namespace, name and field; an empty kind means that no object asked for it.
 */
export const DETAILS = {
  size: 0,
  upstreamCount: 1,
} as const;
export const DETAILS_BYTES = 8;

export const FILTER = { httpsRedirect: 1, strictTransportSecurity: 2 } as const;

const SLASH = 0x2f;

export const MATCH_EXACT = 1;
export const MATCH_PREFIX = 2;

/** Elements of a prefix: as many as its slashes, and none for the empty path of `/`. */
export function prefixDepth(path: Uint8Array): number {
  let depth = 0;
  for (const code of path) if (code === SLASH) depth += 1;
  return depth;
}

/** `ROUTE.match`: the prefix of all paths, `/`, has the empty path. */
export function matchWord(type: number, pathSize: number): number {
  return (pathSize << 2) | type;
}

export function splitMatchWord(word: number): { type: number; pathSize: number } {
  return { type: word & 3, pathSize: word >>> 2 };
}

/**
 * An upstream: where its requests may go.
 *
 *   | header, 36 bytes | endpoint, 24 bytes | endpoint | ... | name | texts of the transport |
 *
 * With TLS there is the server name, empty for none; then the authorities, and the chain and key
 * of the identity, if their bits are set.
 */
export const UPSTREAM = {
  size: 0,
  endpointCount: 1,
  /** Two words that change when anything behind them does; see `readStamp`. */
  stamp: 2,
  /** Four words: the content key of the name. */
  key: 4,
  /** Bits of TRANSPORT; 0 is HTTP/1.1 in the clear. */
  transport: 8,
} as const;
export const UPSTREAM_BYTES = 36;

export const TRANSPORT = { http2: 1, tls: 2, verifies: 4, authorities: 8, identity: 16 } as const;

/** An endpoint: an address family (4 or 6), a port, and 4 or 16 address bytes in network order. */
export const ENDPOINT = { family: 0, port: 1, address: 2 } as const;
export const ENDPOINT_BYTES = 24;

/** Where the name of an upstream begins. */
export function endpointsEnd(endpointCount: number): number {
  return UPSTREAM_BYTES + endpointCount * ENDPOINT_BYTES;
}

/**
 * A server name: the certificates that answer a client which asks for it. Its key is as in the host
 * table; that of the fallback is `*`.
 *
 *   | header, 16 bytes | key, padded | key of a certificate (4 words) | ... |
 */
export const SERVER_NAME = { size: 0, hash: 1, hostSize: 2, certificateCount: 3 } as const;
export const SERVER_NAME_BYTES = 16;

/**
 * A certificate: a chain and its private key, which no dump shows.
 *
 *   | header, 20 bytes | chain, a text in PEM | private key, a text in PEM |
 */
export const CERTIFICATE = {
  size: 0,
  /** Four words: the content key of both texts. */
  key: 1,
} as const;
export const CERTIFICATE_BYTES = 20;

/** What the keys of session tickets are derived from: eight words, and never shown either. */
export const TICKET_SECRET_BYTES = 32;

export const KEY_WORDS = 4;

/** `HGS` and the version of the format. */
export const MAGIC = 0x0353_4748;

export const WORD_BYTES = 4;
export const RECORD_ALIGNMENT = 8;

/** Slots for `count` entries: a power of two, at most two thirds full, with one always empty. */
export function slotCount(count: number): number {
  let slots = 1;
  while (slots * 2 < count * 3) slots *= 2;
  return slots;
}

/** Where the path table begins in a section whose host key has this many bytes. */
export function pathTableOffset(hostSize: number): number {
  return SECTION_BYTES + ((hostSize + RECORD_ALIGNMENT - 1) & -RECORD_ALIGNMENT);
}

assert(ROOT_BYTES === (ROOT.size + 1) * WORD_BYTES, 'ROOT_BYTES is the end of its last field');
assert(
  SECTION_BYTES === (SECTION.passthrough + 1) * WORD_BYTES,
  'SECTION_BYTES ends its last field',
);
assert(SECTION_BYTES % RECORD_ALIGNMENT === 0, 'what follows a section header is aligned');
assert(ROUTE_BYTES === (ROUTE.details + 1) * WORD_BYTES, 'ROUTE_BYTES ends its last field');
assert(DETAILS_BYTES === (DETAILS.upstreamCount + 1) * WORD_BYTES, 'DETAILS_BYTES ends its header');
assert(UPSTREAM_BYTES === (UPSTREAM.transport + 1) * WORD_BYTES, 'UPSTREAM_BYTES ends its header');
assert(ENDPOINT_BYTES === ENDPOINT.address * WORD_BYTES + 16, 'ENDPOINT_BYTES ends its address');
assert(
  SERVER_NAME_BYTES === (SERVER_NAME.certificateCount + 1) * WORD_BYTES,
  'SERVER_NAME_BYTES ends its last field',
);
assert(
  CERTIFICATE_BYTES === (CERTIFICATE.key + KEY_WORDS) * WORD_BYTES,
  'CERTIFICATE_BYTES ends its key',
);
assert(SLOT_BYTES === SLOT_WORDS * WORD_BYTES, 'a slot is two words');
assert(PAGE_BYTES === PAGE_WORDS * WORD_BYTES, 'a page of a directory is two words');
assert(
  new Uint8Array(new Uint32Array([MAGIC]).buffer)[0] === 0x48,
  'the machine is little-endian, as the typed arrays of the view need',
);
