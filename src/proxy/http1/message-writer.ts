// Writes messages to one socket in as few pieces as it can: heads, chunk framing and small bodies
// gather as one latin1 string and leave in one write; larger bodies go as bytes beside it. Knows
// framing, not meaning.

import type { Socket } from 'node:net';
import { limits } from '#base/limits.ts';

export class MessageWriter {
  readonly #socket: Socket;
  #text = '';
  #isChunked = false;
  #isCorked = false;
  #isUntouched = true;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Begins a message whose body will be framed as chunks, or else as its head says. */
  begin(head: string, isChunked: boolean): void {
    this.#text += head;
    this.#isChunked = isChunked;
    this.#isUntouched = true;
  }

  /**
   * Adds content: bytes [start, end). `text` holds the same bytes as latin1 from offset 0, as far
   * as it reaches. The bytes are copied: they may be overwritten after the call.
   */
  body(bytes: Buffer, text: string, start: number, end: number): void {
    const size = end - start;
    if (size === 0) return;
    if (this.#isChunked) this.#text += `${size.toString(16)}\r\n`;
    if (this.#text.length + size <= limits.textWriteBytesMax) {
      this.#text +=
        end <= text.length ? text.slice(start, end) : bytes.toString('latin1', start, end);
    } else {
      this.#cork();
      this.#writeText();
      this.#socket.write(Buffer.from(bytes.subarray(start, end)));
    }
    if (this.#isChunked) this.#text += '\r\n';
  }

  /** Ends the message. */
  end(): void {
    if (this.#isChunked) this.#text += '0\r\n\r\n';
    this.#isChunked = false;
  }

  /** Whether nothing of the message has left yet, so that another can be sent in its place. */
  get isUntouched(): boolean {
    return this.#isUntouched;
  }

  /** Forgets what has gathered and not left. */
  discard(): void {
    this.#text = '';
    this.#isChunked = false;
  }

  /** Sends what has gathered. False: the peer is slow; wait for the socket's `drain`. */
  flush(): boolean {
    this.#writeText();
    if (this.#isCorked) {
      this.#isCorked = false;
      this.#socket.uncork();
    }
    return this.#socket.writableLength <= limits.writeBacklogBytesMax;
  }

  /** Holds writes back until `flush`, so that text and bytes leave in one system call. */
  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#socket.cork();
  }

  #writeText(): void {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.#isUntouched = false;
    this.#socket.write(text, 'latin1');
  }
}
