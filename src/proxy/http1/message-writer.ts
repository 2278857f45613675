// Writes messages to one socket in as few pieces as it can: heads, chunk framing and small bodies
// gather as one latin1 string and leave in one write; larger bodies go as bytes beside it. Knows
// framing, not meaning.

import type { Socket } from 'node:net';
import { limits } from '#base/limits.ts';
import type { BlockPool } from './block-pool.ts';

export class MessageWriter {
  readonly #socket: Socket;
  /** For copies of bytes that are only lent; null where they are given. */
  readonly #blocks: BlockPool | null;
  #text = '';
  #isChunked = false;
  #isCorked = false;
  #isUntouched = true;

  constructor(socket: Socket, blocks: BlockPool | null) {
    this.#socket = socket;
    this.#blocks = blocks;
  }

  /** Begins a message whose body will be framed as chunks, or else as its head says. */
  begin(head: string, isChunked: boolean): void {
    this.#text += head;
    this.#isChunked = isChunked;
    this.#isUntouched = true;
  }

  /**
   * Adds content: bytes [start, end). `text` holds the same bytes as latin1 from offset 0, as far
   * as it reaches. With blocks the bytes may be overwritten after the call, without they may not.
   */
  body(bytes: Buffer, text: string, start: number, end: number): void {
    const size = end - start;
    if (size === 0) return;
    if (this.#isChunked) this.#text += `${size.toString(16)}\r\n`;
    if (this.#text.length + size <= limits.textWriteBytesMax) {
      this.#text +=
        end <= text.length ? text.slice(start, end) : bytes.toString('latin1', start, end);
    } else {
      // Text and bytes leave in one system call; bytes alone need no help.
      if (this.#text !== '') this.#cork();
      this.#writeText();
      this.#writeBytes(bytes.subarray(start, end));
    }
    if (this.#isChunked) this.#text += '\r\n';
  }

  /** Ends the message; a chunked one with `trailers`, field lines with their CRLFs. */
  end(trailers = ''): void {
    if (this.#isChunked) this.#text += `0\r\n${trailers}\r\n`;
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

  /** Holds writes back until `flush`. */
  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#socket.cork();
  }

  #writeBytes(bytes: Buffer): void {
    this.#isUntouched = false;
    const blocks = this.#blocks;
    if (blocks === null) {
      this.#socket.write(bytes);
      return;
    }
    const block = blocks.take(bytes.length);
    block.set(bytes);
    this.#socket.write(block.subarray(0, bytes.length), () => blocks.give(block));
  }

  #writeText(): void {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.#isUntouched = false;
    this.#socket.write(text, 'latin1');
  }
}
