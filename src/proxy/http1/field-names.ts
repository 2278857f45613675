// The field names a proxy must know, and how one is recognised in a few comparisons: a table keyed
// by length, first and last letter, in which no two known names collide. What is done with a field
// is decided where heads are rewritten, not here.

import { assert } from '#base/assert.ts';
import { FOLD, UNDERSCORE } from './char-class.ts';

export const Field = {
  /** Any field that passes through untouched. */
  other: 0,
  host: 1,
  connection: 2,
  contentLength: 3,
  transferEncoding: 4,
  expect: 5,
  keepAlive: 6,
  /** Proxy-Connection, Trailer and others that end at this hop (RFC 9110 7.6.1). */
  hopByHop: 7,
  /** X-Forwarded-*, X-Real-IP, Forwarded: claims about the client that only we may make. */
  forwarded: 8,
  requestId: 9,
  /** A look-alike of a known name, written with underscores; dropped in either direction. */
  lookAlike: 10,
  date: 11,
  upgrade: 12,
  te: 13,
  maxForwards: 14,
  /**
   * What a client's certificate says, which only we may tell: our own fields, those of RFC 9440,
   * and SSL-Client-*, which backends may believe that have stood behind ingress-nginx.
   */
  clientCertificate: 15,
} as const;
export type Field = (typeof Field)[keyof typeof Field];

const KNOWN: Readonly<Record<string, Field>> = {
  host: Field.host,
  connection: Field.connection,
  'content-length': Field.contentLength,
  'transfer-encoding': Field.transferEncoding,
  expect: Field.expect,
  'keep-alive': Field.keepAlive,
  te: Field.te,
  'max-forwards': Field.maxForwards,
  trailer: Field.hopByHop,
  upgrade: Field.upgrade,
  'http2-settings': Field.hopByHop,
  forwarded: Field.forwarded,
  'x-real-ip': Field.forwarded,
  'x-request-id': Field.requestId,
  date: Field.date,
  'client-cert': Field.clientCertificate,
  'client-cert-chain': Field.clientCertificate,
  'x-client-cert': Field.clientCertificate,
};

/** Families: every name that begins so. */
const PREFIXES: Readonly<Record<string, Field>> = {
  'proxy-': Field.hopByHop,
  'x-forwarded-': Field.forwarded,
  'x-client-cert-': Field.clientCertificate,
  'ssl-client-': Field.clientCertificate,
};

interface Entry {
  readonly name: Uint8Array;
  readonly field: Field;
}

function entryOf([name, field]: [string, Field]): Entry {
  return { name: new TextEncoder().encode(name), field };
}

const SLOTS = 128;
const slots: (Entry | null)[] = new Array(SLOTS).fill(null);
const prefixes = Object.entries(PREFIXES).map(entryOf);

function slotOf(length: number, first: number, last: number): number {
  return (length + first + last * 4) & (SLOTS - 1);
}

for (const entry of Object.entries(KNOWN).map(entryOf)) {
  const { name } = entry;
  const slot = slotOf(name.length, name[0]!, name[name.length - 1]!);
  assert(slots[slot] === null, 'no two known field names share a slot');
  slots[slot] = entry;
}

/** Recognises the field name that stands at [start, end), which is a non-empty token. */
export function fieldAt(bytes: Uint8Array, start: number, end: number): Field {
  const first = FOLD[bytes[start]!]!;
  const entry = slots[slotOf(end - start, first, FOLD[bytes[end - 1]!]!)];
  if (entry !== null && entry !== undefined && entry.name.length === end - start) {
    const field = matchName(bytes, start, entry);
    if (field !== Field.other) return field;
  }
  for (let index = 0; index < prefixes.length; index += 1) {
    const prefix = prefixes[index]!;
    if (prefix.name[0] === first && prefix.name.length < end - start) {
      const field = matchName(bytes, start, prefix);
      if (field !== Field.other) return field;
    }
  }
  return Field.other;
}

/** The entry's field if its name stands at `start`; `lookAlike` if only with `_` taken for `-`. */
function matchName(bytes: Uint8Array, start: number, entry: Entry): Field {
  const { name } = entry;
  let underscores = false;
  for (let index = 0; index < name.length; index += 1) {
    const byte = bytes[start + index]!;
    if (FOLD[byte] !== name[index]) return Field.other;
    if (byte === UNDERSCORE) underscores = true;
  }
  return underscores ? Field.lookAlike : entry.field;
}
