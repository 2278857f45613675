// Fields -> header blocks of one session, in the order in which they leave (RFC 7541). Owns the
// table that the client's decoder keeps a copy of. Strings go plain: Huffman's code would save a
// quarter of what is said for the first time, and cost more than all the rest.

import { limits } from '#base/limits.ts';
import { entryBytes, STATIC_FIELDS } from './static-fields.ts';

const STATIC_COUNT = STATIC_FIELDS.length;

/** Index by field, and by name; the first one of a name. */
const STATIC_BY_FIELD = new Map(
  STATIC_FIELDS.map(([name, value], at) => [fieldKey(name, value), at + 1]),
);
const STATIC_BY_NAME = new Map(
  STATIC_FIELDS.map(([name], at) => [name, at + 1] as const).reverse(),
);

/** They are hardly ever the same twice, so an entry for one only takes the place of another. */
const VOLATILE: ReadonlySet<string> = new Set([
  'age',
  'content-length',
  'content-range',
  'etag',
  'expires',
  'grpc-message',
  'last-modified',
  'location',
  'x-request-id',
]);

/** Who can have fields of his own beside it in a table could guess it (RFC 7541 7.1.3). */
const SECRET: ReadonlySet<string> = new Set(['set-cookie']);

// The first bits of a field, and the bits of its first byte that begin its number (RFC 7541 6).
const INDEXED = 0x80;
const WITH_INDEXING = 0x40;
const SIZE_UPDATE = 0x20;
const NEVER_INDEXED = 0x10;
const PLAIN = 0x00;
const INDEXED_BITS = 0x7f;
const WITH_INDEXING_BITS = 0x3f;
const SIZE_UPDATE_BITS = 0x1f;
const LITERAL_BITS = 0x0f;
const LENGTH_BITS = 0x7f;

/** The most bytes of a number, and how many of them a field may need. */
const NUMBER_BYTES_MAX = 6;
const NUMBERS_PER_FIELD = 3;
const SIZE_UPDATES_MAX = 2;

/** Shorter ones are written sooner here than by a call. */
const SHORT_TEXT = 16;

interface Entry {
  readonly key: string;
  readonly sizeBytes: number;
}

/** No block of these fields is larger. */
export function maxEncodedBytes(pairs: readonly string[]): number {
  let size = SIZE_UPDATES_MAX * NUMBER_BYTES_MAX;
  for (const text of pairs) size += text.length;
  return size + (pairs.length / 2) * NUMBERS_PER_FIELD * NUMBER_BYTES_MAX;
}

export class HpackEncoder {
  /** Oldest first. */
  readonly #entries: Entry[] = [];
  /** How many entries had been made when this one was, by field. */
  readonly #numbers = new Map<string, number>();
  #made = 0;
  #sizeBytes = 0;
  #sizeBytesMax: number = limits.http2HeaderTableBytes;
  /** The least maximum since the last block; the client must be told of it (RFC 7541 4.2). */
  #leastMax = Number.POSITIVE_INFINITY;

  /** The client lets the table take so many bytes; more than ours are of no use. */
  setTableSizeMax(sizeBytes: number): void {
    const next = Math.min(sizeBytes, limits.http2HeaderTableBytes);
    if (next === this.#sizeBytesMax) return;
    this.#sizeBytesMax = next;
    this.#leastMax = Math.min(this.#leastMax, next);
    this.#evict(0);
  }

  /**
   * Writes the block of `pairs`, names and values in turn, at `offset`, and returns where it ends.
   * There must be room for maxEncodedBytes.
   */
  encode(pairs: readonly string[], out: Buffer, offset: number): number {
    let at = this.#writeSizeUpdates(out, offset);
    for (let index = 0; index < pairs.length; index += 2) {
      at = this.#writeField(pairs[index]!, pairs[index + 1]!, out, at);
    }
    return at;
  }

  #writeSizeUpdates(out: Buffer, offset: number): number {
    if (this.#leastMax === Number.POSITIVE_INFINITY) return offset;
    const least = this.#leastMax;
    this.#leastMax = Number.POSITIVE_INFINITY;
    let at = offset;
    if (least < this.#sizeBytesMax) {
      at = writeNumber(out, at, { first: SIZE_UPDATE, mask: SIZE_UPDATE_BITS, number: least });
    }
    const number = this.#sizeBytesMax;
    return writeNumber(out, at, { first: SIZE_UPDATE, mask: SIZE_UPDATE_BITS, number });
  }

  #writeField(name: string, value: string, out: Buffer, at: number): number {
    if (SECRET.has(name)) return writeLiteral(out, at, NEVER_INDEXED, name, value);
    const key = fieldKey(name, value);
    const index = STATIC_BY_FIELD.get(key) ?? this.#find(key);
    if (index > 0) return writeIndexed(out, at, index);
    const isKept = !VOLATILE.has(name) && this.#insert(key, entryBytes(name, value));
    return writeLiteral(out, at, isKept ? WITH_INDEXING : PLAIN, name, value);
  }

  /** Its index; 0 if it has none. */
  #find(key: string): number {
    const number = this.#numbers.get(key);
    return number === undefined ? 0 : STATIC_COUNT + this.#made - number;
  }

  /** False: it would push out too many others. */
  #insert(key: string, sizeBytes: number): boolean {
    if (sizeBytes > this.#sizeBytesMax / 4) return false;
    this.#evict(sizeBytes);
    this.#entries.push({ key, sizeBytes });
    this.#numbers.set(key, this.#made);
    this.#made += 1;
    this.#sizeBytes += sizeBytes;
    return true;
  }

  #evict(neededBytes: number): void {
    while (this.#sizeBytes + neededBytes > this.#sizeBytesMax) {
      const oldest = this.#entries.shift();
      if (oldest === undefined) return;
      this.#numbers.delete(oldest.key);
      this.#sizeBytes -= oldest.sizeBytes;
    }
  }
}

/** No name has a space in it. */
function fieldKey(name: string, value: string): string {
  return `${name} ${value}`;
}

function writeIndexed(out: Buffer, at: number, index: number): number {
  return writeNumber(out, at, { first: INDEXED, mask: INDEXED_BITS, number: index });
}

function writeLiteral(out: Buffer, at: number, first: number, name: string, value: string): number {
  const mask = first === WITH_INDEXING ? WITH_INDEXING_BITS : LITERAL_BITS;
  const number = STATIC_BY_NAME.get(name) ?? 0;
  const next = writeNumber(out, at, { first, mask, number });
  return writeText(out, number === 0 ? writeText(out, next, name) : next, value);
}

interface PrefixedNumber {
  /** The bits before the number. */
  readonly first: number;
  /** The bits of the first byte that belong to it. */
  readonly mask: number;
  readonly number: number;
}

/** RFC 7541 5.1. */
function writeNumber(out: Buffer, offset: number, { first, mask, number }: PrefixedNumber): number {
  let at = offset;
  if (number < mask) {
    out[at++] = first | number;
    return at;
  }
  out[at++] = first | mask;
  let rest = number - mask;
  for (; rest > 0x7f; rest >>>= 7) out[at++] = (rest & 0x7f) | 0x80;
  out[at++] = rest;
  return at;
}

function writeText(out: Buffer, offset: number, text: string): number {
  const { length } = text;
  const at = writeNumber(out, offset, { first: 0, mask: LENGTH_BITS, number: length });
  if (length > SHORT_TEXT) return at + out.write(text, at, 'latin1');
  for (let index = 0; index < length; index += 1) out[at + index] = text.charCodeAt(index);
  return at + length;
}
