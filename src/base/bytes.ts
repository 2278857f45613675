// Sequential writing and bounds-checked reading of little-endian records: words, and texts as a
// size followed by UTF-8 and padding. It does not know what the records mean.

import { Buffer } from 'node:buffer';
import { assert } from './assert.ts';

/** A section of ten routes, or any other record, rarely takes more. */
const INITIAL_BYTES = 2_048;
const ASCII_MAX = 0x7f;

/** `value` rounded up to a multiple of `unit`, which is a power of two. */
export function alignUp(value: number, unit: number): number {
  return (value + unit - 1) & ~(unit - 1);
}

export function encodeText(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

/**
 * Appends to a buffer that grows: one record, or several one behind the other. Every write leaves
 * the size a multiple of four.
 */
export class ByteWriter {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);
  /** Where the record under way begins. */
  #start = 0;
  #size = 0;

  /** Of the record under way; offsets count from its first byte too. */
  get size(): number {
    return this.#size - this.#start;
  }

  /** The record ends here, and what is written from here on is the next one. */
  beginRecord(): void {
    this.#start = this.#size;
  }

  writeWord(word: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#size, word, true);
    this.#size += 4;
  }

  writeWords(words: Uint32Array): void {
    for (const word of words) this.writeWord(word);
  }

  /** The bytes as they are, then zeros up to the next word. */
  writeBytes(bytes: Uint8Array): void {
    this.#reserve(alignUp(bytes.length, 4));
    this.#bytes.set(bytes, this.#size);
    this.#size += alignUp(bytes.length, 4);
  }

  /** Size in bytes, then the text in UTF-8. */
  writeText(text: string): void {
    this.writeWord(0);
    const { size } = this;
    this.patchWord(size - 4, this.writeTextBytes(text));
  }

  /** The text in UTF-8, whose size in bytes comes back. */
  writeTextBytes(text: string): number {
    // Nearly all texts are short and ASCII, and done sooner than any encoder is called.
    if (this.#writeAscii(text)) return text.length;
    const bytes = encodeText(text);
    this.writeBytes(bytes);
    return bytes.length;
  }

  /** So many bytes that were written; valid until the next write. */
  written(offset: number, sizeBytes: number): Uint8Array {
    const start = this.#start + offset;
    return this.#bytes.subarray(start, start + sizeBytes);
  }

  writeZeros(sizeBytes: number): void {
    assert(sizeBytes % 4 === 0, 'zeros are written as words');
    this.#reserve(sizeBytes);
    this.#size += sizeBytes;
  }

  /** Replaces a word written before, such as a size that was not known then. */
  patchWord(offset: number, word: number): void {
    assert(offset + 4 <= this.size, 'only a written word is patched');
    this.#view.setUint32(this.#start + offset, word, true);
  }

  patchWords(offset: number, words: Uint32Array): void {
    for (let index = 0; index < words.length; index += 1) {
      this.patchWord(offset + index * 4, words[index] as number);
    }
  }

  /** Zeros up to a multiple of `unit`. */
  pad(unit: number): void {
    this.writeZeros(alignUp(this.size, unit) - this.size);
  }

  /** A copy of all records, of exactly their size. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#size);
  }

  /** The same, to where there is room for them. */
  copyTo(bytes: Uint8Array): void {
    bytes.set(this.#bytes.subarray(0, this.#size));
  }

  /** False if it is not ASCII. What lies behind the size by then is shorter than its UTF-8. */
  #writeAscii(text: string): boolean {
    this.#reserve(alignUp(text.length, 4));
    const start = this.#size;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > ASCII_MAX) return false;
      this.#bytes[start + index] = code;
    }
    this.#size += alignUp(text.length, 4);
    return true;
  }

  #reserve(sizeBytes: number): void {
    const needed = this.#size + sizeBytes;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Reads what a ByteWriter wrote. Throws a RangeError rather than read outside `start`..`end`. */
export class ByteReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #end: number;
  #offset: number;

  constructor(bytes: Uint8Array, range: { readonly start: number; readonly end: number }) {
    if (range.start < 0 || range.end > bytes.length || range.start > range.end) {
      throw new RangeError(`record ${range.start}..${range.end} leaves ${bytes.length} bytes`);
    }
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offset = range.start;
    this.#end = range.end;
  }

  get offset(): number {
    return this.#offset;
  }

  readWord(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  readWords(count: number): Uint32Array {
    const words = new Uint32Array(count);
    for (let index = 0; index < count; index += 1) words[index] = this.readWord();
    return words;
  }

  /** Looks at none of the next bytes. */
  pass(size: number): void {
    this.#take(size);
  }

  /** A copy of the next bytes; the padding behind them is passed too. */
  readBytes(size: number): Uint8Array {
    const start = this.#take(alignUp(size, 4));
    return Uint8Array.from(this.#bytes.subarray(start, start + size));
  }

  /** As `writeText` wrote it. */
  readText(): string {
    return this.readTextOf(this.readWord());
  }

  /** The text of so many bytes of UTF-8, which is not preceded by its size. */
  readTextOf(size: number): string {
    const start = this.#take(alignUp(size, 4));
    return this.#bytes.toString('utf8', start, start + size);
  }

  #take(size: number): number {
    const start = this.#offset;
    if (size < 0 || start + size > this.#end) {
      throw new RangeError(
        `reading ${size} bytes at ${start} passes the record's end ${this.#end}`,
      );
    }
    this.#offset = start + size;
    return start;
  }
}

export function decodeText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
