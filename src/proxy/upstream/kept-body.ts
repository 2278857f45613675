// What has been sent of a request's body over HTTP/2, kept until the response begins: an endpoint
// that has not looked at the request may say so when the body has left already (RFC 9113 8.7). A
// body that grows beyond its bound is let go, and its request cannot be sent again.

import { limits } from '#base/limits.ts';

/** What all requests of a worker keep. */
export interface KeptBytes {
  total: number;
}

export class KeptBody {
  readonly #kept: KeptBytes;
  #pieces: Buffer[] = [];
  #bytes = 0;
  /** Part of the body is kept no more. */
  isGone = false;

  constructor(kept: KeptBytes) {
    this.#kept = kept;
  }

  /** Adds a copy: what the piece was cut from may be much larger. */
  add(piece: Buffer): void {
    if (this.isGone) return;
    const isBeyond =
      this.#bytes + piece.length > limits.keptBodyBytesMax ||
      this.#kept.total + piece.length > limits.keptBodiesBytesMax;
    if (isBeyond) {
      this.letGo();
      return;
    }
    this.#bytes += piece.length;
    this.#kept.total += piece.length;
    this.#pieces.push(Buffer.from(piece));
  }

  /** Hands over all of it. */
  take(): Buffer {
    const body = Buffer.concat(this.#pieces);
    this.letGo();
    return body;
  }

  letGo(): void {
    this.isGone = true;
    this.#kept.total -= this.#bytes;
    this.#bytes = 0;
    this.#pieces = [];
  }
}
