// One message body as it arrives, whichever way it is framed (RFC 9112 6.3). Says which bytes are
// content and when the body is complete; keeps nothing and writes nothing.

import { ChunkedDecoder } from './chunked-decoder.ts';
import { CHUNKED } from './request-head.ts';
import { UNTIL_CLOSE } from './response-head.ts';

export class BodyReader {
  #length = 0;
  #left = 0;
  #chunks: ChunkedDecoder | null = null;
  /** The content that the last `read` met: a range of the bytes it was given, maybe empty. */
  start = 0;
  end = 0;

  /** Begins a body of `length` bytes, or CHUNKED, or UNTIL_CLOSE. */
  begin(length: number, keepsTrailers = false): void {
    this.#length = length;
    this.#left = length;
    if (length === CHUNKED) {
      this.#chunks ??= new ChunkedDecoder();
      this.#chunks.begin(keepsTrailers);
    }
  }

  get isComplete(): boolean {
    if (this.#length === CHUNKED) return this.#chunks!.isDone;
    return this.#left === 0;
  }

  /** The trailer section of a complete chunked body: field lines, each with its CRLF; or empty. */
  get trailers(): string {
    return this.#length === CHUNKED ? this.#chunks!.trailers : '';
  }

  get isFaulty(): boolean {
    return this.#length === CHUNKED && this.#chunks!.isFaulty;
  }

  /** Takes some of bytes [at, end) and returns how far it came. */
  read(bytes: Uint8Array, at: number, end: number): number {
    if (this.#length === CHUNKED) {
      const chunks = this.#chunks!;
      const position = chunks.read(bytes, at, end);
      this.start = chunks.dataStart;
      this.end = chunks.dataEnd;
      return position;
    }
    this.start = at;
    this.end = this.#length === UNTIL_CLOSE ? end : Math.min(end, at + this.#left);
    if (this.#length !== UNTIL_CLOSE) this.#left -= this.end - at;
    return this.end;
  }

  /** The peer has ended its side: that completes a body framed by it, and no other. */
  endOfStream(): void {
    if (this.#length === UNTIL_CLOSE) this.#left = 0;
  }
}
