// Header blocks of one session, in the order in which they come -> fields (RFC 7541). Owns the
// table that the client's encoder fills. What the fields mean it does not know.

import { limits } from '#base/limits.ts';
import { decodeHuffman } from './huffman.ts';
import { ENTRY_OVERHEAD_BYTES, entryBytes, STATIC_FIELDS } from './static-fields.ts';

/**
 * `tooLarge`: past http2HeadBytesMax or http2HeadFieldsMax, but the session can go on. `malformed`:
 * the session cannot (COMPRESSION_ERROR, RFC 9113 4.3).
 */
export type DecodeResult = 'ok' | 'tooLarge' | 'malformed';

const STATIC_NAMES = STATIC_FIELDS.map(([name]) => name);
const STATIC_VALUES = STATIC_FIELDS.map(([, value]) => value);
const STATIC_COUNT = STATIC_FIELDS.length;

/** Entries of the table at most, and the length of the rings that hold them. */
const ENTRIES_MAX = limits.http2HeaderTableBytes / ENTRY_OVERHEAD_BYTES;

/** No number of a block needs more: 127 and 28 bits. */
const NUMBER_BYTES_MAX = 4;
const MALFORMED = -1;

// The first bits of a field, and the bits of its first byte that begin its number (RFC 7541 6).
const INDEXED = 0x80;
const WITH_INDEXING = 0x40;
const SIZE_UPDATE = 0x20;
const SIZE_UPDATE_MASK = 0xe0;
const INDEXED_BITS = 0x7f;
const WITH_INDEXING_BITS = 0x3f;
const SIZE_UPDATE_BITS = 0x1f;
const LITERAL_BITS = 0x0f;
const IS_HUFFMAN = 0x80;
const LENGTH_BITS = 0x7f;

export class HpackDecoder {
  /** Names and values in turn, of the block decoded last. */
  readonly pairs: string[] = [];
  readonly #names: string[] = new Array(ENTRIES_MAX).fill('');
  readonly #values: string[] = new Array(ENTRIES_MAX).fill('');
  /** Entries ever made; the one made last is the first of the table. */
  #made = 0;
  #count = 0;
  #sizeBytes = 0;
  #sizeBytesMax: number = limits.http2HeaderTableBytes;
  #listBytes = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;

  /** Reads a whole block, bytes [start, end), into `pairs`. */
  decode(bytes: Buffer, start: number, end: number): DecodeResult {
    this.pairs.length = 0;
    this.#listBytes = 0;
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    if (!this.#readSizeUpdates()) return 'malformed';
    while (this.#at < end) if (!this.#readField()) return 'malformed';
    return this.#isTooLarge ? 'tooLarge' : 'ok';
  }

  get #isTooLarge(): boolean {
    const { http2HeadBytesMax, http2HeadFieldsMax } = limits;
    return this.#listBytes > http2HeadBytesMax || this.pairs.length > 2 * http2HeadFieldsMax;
  }

  /** They stand at the beginning of a block only (RFC 7541 4.2). */
  #readSizeUpdates(): boolean {
    while (this.#at < this.#end && (this.#bytes[this.#at]! & SIZE_UPDATE_MASK) === SIZE_UPDATE) {
      const sizeBytes = this.#readNumber(SIZE_UPDATE_BITS);
      if (sizeBytes === MALFORMED || sizeBytes > limits.http2HeaderTableBytes) return false;
      this.#sizeBytesMax = sizeBytes;
      this.#evict(0);
    }
    return true;
  }

  #readField(): boolean {
    const first = this.#bytes[this.#at]!;
    if ((first & INDEXED) !== 0) return this.#readIndexed();
    const isIndexing = (first & WITH_INDEXING) !== 0;
    // Without indexing, or never to be indexed: for us the same.
    if (!isIndexing && (first & SIZE_UPDATE) !== 0) return false;
    const index = this.#readNumber(isIndexing ? WITH_INDEXING_BITS : LITERAL_BITS);
    if (index === MALFORMED) return false;
    const name = index === 0 ? this.#readString() : this.#nameAt(index);
    if (name === null) return false;
    const value = this.#readString();
    if (value === null) return false;
    if (isIndexing) this.#insert(name, value);
    this.#add(name, value);
    return true;
  }

  #readIndexed(): boolean {
    const index = this.#readNumber(INDEXED_BITS);
    const name = index === MALFORMED ? null : this.#nameAt(index);
    if (name === null) return false;
    const isStatic = index <= STATIC_COUNT;
    this.#add(name, isStatic ? STATIC_VALUES[index - 1]! : this.#values[this.#slot(index)]!);
    return true;
  }

  /** Null if there is no such entry. Indices begin at 1, first the static ones. */
  #nameAt(index: number): string | null {
    if (index === 0 || index > STATIC_COUNT + this.#count) return null;
    return index <= STATIC_COUNT ? STATIC_NAMES[index - 1]! : this.#names[this.#slot(index)]!;
  }

  #slot(index: number): number {
    return (this.#made - (index - STATIC_COUNT)) % ENTRIES_MAX;
  }

  /** Once the list is too large it grows no more, whatever an entry that is named again holds. */
  #add(name: string, value: string): void {
    if (this.#isTooLarge) return;
    this.#listBytes += entryBytes(name, value);
    this.pairs.push(name, value);
  }

  /** One that is larger than the table empties it (RFC 7541 4.4). */
  #insert(name: string, value: string): void {
    const sizeBytes = entryBytes(name, value);
    this.#evict(sizeBytes);
    if (sizeBytes > this.#sizeBytesMax) return;
    const slot = this.#made % ENTRIES_MAX;
    this.#names[slot] = name;
    this.#values[slot] = value;
    this.#made += 1;
    this.#count += 1;
    this.#sizeBytes += sizeBytes;
  }

  /** Lets the oldest go until so many bytes more have room, or none is left. */
  #evict(neededBytes: number): void {
    while (this.#count > 0 && this.#sizeBytes + neededBytes > this.#sizeBytesMax) {
      const slot = (this.#made - this.#count) % ENTRIES_MAX;
      this.#sizeBytes -= entryBytes(this.#names[slot]!, this.#values[slot]!);
      this.#names[slot] = '';
      this.#values[slot] = '';
      this.#count -= 1;
    }
  }

  /** A number whose first bits are `mask` of the byte at hand (RFC 7541 5.1). */
  #readNumber(mask: number): number {
    const first = this.#bytes[this.#at++]! & mask;
    if (first < mask) return first;
    let number = mask;
    for (let digit = 0; digit < NUMBER_BYTES_MAX && this.#at < this.#end; digit += 1) {
      const byte = this.#bytes[this.#at++]!;
      number += (byte & 0x7f) << (7 * digit);
      if ((byte & 0x80) === 0) return number;
    }
    return MALFORMED;
  }

  #readString(): string | null {
    if (this.#at >= this.#end) return null;
    const isHuffman = (this.#bytes[this.#at]! & IS_HUFFMAN) !== 0;
    const length = this.#readNumber(LENGTH_BITS);
    const start = this.#at;
    if (length === MALFORMED || length > this.#end - start) return null;
    this.#at += length;
    if (isHuffman) return decodeHuffman(this.#bytes, start, this.#at);
    return this.#bytes.toString('latin1', start, this.#at);
  }
}
