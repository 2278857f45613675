// Reads numbers and vectors of TLS one after another (RFC 8446 3), big-endian. What is not there
// reads as nothing and is remembered, so that a parser asks once, at its end. It knows no messages.

const NOTHING = new Uint8Array();

export class ByteCursor {
  readonly #bytes: Uint8Array;
  #at = 0;
  /** Something was asked for that is not there. */
  hasFailed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The next `size` bytes, which are not copied; none if there are fewer. */
  bytes(size: number): Uint8Array {
    const start = this.#at;
    if (this.hasFailed || size > this.#bytes.length - start) {
      this.hasFailed = true;
      this.#at = this.#bytes.length;
      return NOTHING;
    }
    this.#at += size;
    return this.#bytes.subarray(start, this.#at);
  }

  /** A number of `size` bytes, four at most. */
  number(size: number): number {
    let value = 0;
    for (const byte of this.bytes(size)) value = value * 256 + byte;
    return value;
  }

  /** Bytes behind a number of `prefixSize` bytes that says how many they are. */
  vector(prefixSize: number): Uint8Array {
    return this.bytes(this.number(prefixSize));
  }
}
