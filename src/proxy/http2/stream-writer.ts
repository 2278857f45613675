// Writes the response of one stream: what gathers as the text and bytes of an HTTP/1.1 message
// leaves as HEADERS and DATA, when it is the stream's turn and the windows are open. Knows no
// meaning, and of the session only whose turn it is.

import { limits } from '#base/limits.ts';
import type { MessageSink } from '../downstream.ts';
import type { BlockPool } from '../http1/block-pool.ts';
import { SendWindow } from './flow-window.ts';
import { FRAME_BYTES_MAX } from './frame-format.ts';
import type { FrameWriter } from './frame-writer.ts';
import { fieldsOf, responseFields, statusOf } from './response-fields.ts';
import type { Sender, SendQueue, Turn } from './send-queue.ts';

/** What Content-Length says there is not about this response (RFC 9110 15.3.5, 15.4.5). */
const WITHOUT_CONTENT: ReadonlySet<number> = new Set([204, 304]);

/** RFC 9110 15.3.6. */
const RESET_CONTENT = 205;
const BAD_GATEWAY = 502;

const HEAD_END = '\r\n\r\n';
const BLOCK_BYTES = limits.upstreamReadBytes;

export interface StreamWriterOptions {
  readonly queue: SendQueue;
  readonly blocks: BlockPool;
  /** Is told the bytes of content. */
  readonly count: (bytes: number) => void;
  /** The client has been sent all that waited, after `flush` has said that it is slow. */
  readonly drained: () => void;
  /** The response has left, with its end. */
  readonly ended: () => void;
}

/** A stream whose response begins. */
export interface WrittenStream {
  readonly streamId: number;
  /** What may be sent to the client. */
  readonly windowBytes: number;
  /** The request is by HEAD: the response has no content, whatever its head says. */
  readonly isHead: boolean;
}

export class StreamWriter implements MessageSink, Sender {
  isQueued = false;
  next: Sender | null = null;
  readonly window = new SendWindow(0);
  readonly #options: StreamWriterOptions;
  /** 0 while there is no stream. */
  #streamId = 0;
  #isHead = false;
  readonly #interims: string[] = [];
  /** The final head, until it leaves. */
  #head = '';
  #status = 0;
  /** The response answers an extended CONNECT. */
  isForConnect = false;
  #mayTrail = false;
  #trailers = '';
  /** What has gathered of the body in small pieces, as latin1: lent bytes may not stay. */
  #text = '';
  /** What has gathered of it before that, in [#first of the first block, #last of the last). */
  readonly #held: Buffer[] = [];
  #first = 0;
  #last = 0;
  #heldBytes = 0;
  #isComplete = false;
  #hasLeft = false;
  #hasEnded = false;
  #awaitsDrain = false;

  constructor(options: StreamWriterOptions) {
    this.#options = options;
  }

  open({ streamId, windowBytes, isHead }: WrittenStream): void {
    this.#streamId = streamId;
    this.window.size = windowBytes;
    this.#isHead = isHead;
    this.#status = 0;
    this.isForConnect = this.#mayTrail = false;
    this.#hasLeft = this.#hasEnded = this.#awaitsDrain = false;
  }

  /** The stream is gone, and what has not left of the response with it. */
  close(): void {
    this.#streamId = 0;
    this.#interims.length = 0;
    this.#head = '';
    this.discard();
  }

  get isUntouched(): boolean {
    return !this.#hasLeft;
  }

  /** The head that has not left yet. */
  get head(): string {
    return this.#head;
  }

  /** `flush` has said that the client is slow, which has not caught up. */
  get awaitsDrain(): boolean {
    return this.#awaitsDrain;
  }

  /** Content that has not left yet. */
  get waitingBytes(): number {
    return this.#heldBytes + this.#text.length;
  }

  begin(head: string, mayTrail: boolean): void {
    const status = statusOf(head);
    if (status < 200 && status !== 101) {
      this.#interims.push(head);
      this.#options.queue.add(this);
      return;
    }
    const end = head.indexOf(HEAD_END) + HEAD_END.length;
    this.#head = head.slice(0, end);
    this.#status = this.isForConnect ? connectStatus(status) : status;
    this.#mayTrail = mayTrail && this.#takesContent;
    if (this.#takesContent) this.#text += head.slice(end);
  }

  body(bytes: Buffer, text: string, start: number, end: number): void {
    const size = end - start;
    if (size === 0 || this.#streamId === 0) return;
    this.#options.count(size);
    if (!this.#takesContent) return;
    if (this.#heldBytes === 0 && this.#text.length + size <= limits.textWriteBytesMax) {
      this.#text +=
        end <= text.length ? text.slice(start, end) : bytes.toString('latin1', start, end);
      return;
    }
    this.#holdText();
    for (let at = start; at < end; ) {
      const room = this.#makeRoom();
      const size = Math.min(room, end - at);
      bytes.copy(this.#held.at(-1)!, this.#last, at, at + size);
      this.#last += size;
      at += size;
    }
    this.#heldBytes += size;
  }

  #holdText(): void {
    const text = this.#text;
    this.#text = '';
    for (let at = 0; at < text.length; ) {
      const room = this.#makeRoom();
      const piece = text.slice(at, at + room);
      this.#held.at(-1)!.write(piece, this.#last, 'latin1');
      this.#last += piece.length;
      at += piece.length;
    }
    this.#heldBytes += text.length;
  }

  /** Room in the last block. */
  #makeRoom(): number {
    if (this.#held.length === 0 || this.#last === BLOCK_BYTES) {
      if (this.#held.length === 0) this.#first = 0;
      this.#held.push(this.#options.blocks.take(BLOCK_BYTES));
      this.#last = 0;
    }
    return BLOCK_BYTES - this.#last;
  }

  /** Ends the message; the trailers leave with it if it was begun so that it may have some. */
  end(trailers = ''): void {
    this.#isComplete = true;
    if (this.#mayTrail && trailers !== '') this.#trailers = trailers;
  }

  discard(): void {
    this.#text = '';
    for (const block of this.#held) this.#options.blocks.give(block);
    this.#held.length = 0;
    this.#heldBytes = 0;
    this.#isComplete = false;
    this.#trailers = '';
  }

  /** Sends what has gathered. False: the client is slow; `drained` will be called. */
  flush(): boolean {
    if (this.#streamId === 0) return true;
    this.#options.queue.add(this);
    if (this.waitingBytes <= limits.writeBacklogBytesMax) return true;
    this.#awaitsDrain = true;
    return false;
  }

  send(frames: FrameWriter, session: SendWindow): Turn {
    if (this.#streamId === 0 || this.#hasEnded) return 'done';
    if (!this.#sendHeads(frames)) return 'room';
    if (this.#hasEnded || !this.#hasLeft) return 'done';
    const waiting = this.waitingBytes;
    if (waiting === 0) return this.#isComplete ? this.#sendEnd(frames) : 'done';
    if (this.window.size <= 0) return 'done';
    if (session.size <= 0) return 'sessionWindow';
    const allowed = Math.min(FRAME_BYTES_MAX, this.window.size, session.size, waiting);
    const size = Math.min(allowed, frames.room);
    // A few bytes at the end of a block are not worth a frame.
    if (size < allowed && size < limits.http2PieceBytesMin) return 'room';
    const sent = this.#sendPiece(frames, size);
    this.window.take(sent);
    session.take(sent);
    return this.#hasEnded || (sent === waiting && !this.#isComplete) ? 'done' : 'more';
  }

  settle(): void {
    if (this.#streamId === 0) return;
    if (this.#hasEnded) {
      this.#options.ended();
    } else if (this.#awaitsDrain && this.waitingBytes === 0) {
      this.#awaitsDrain = false;
      this.#options.drained();
    }
  }

  /** False: there is no room. */
  #sendHeads(frames: FrameWriter): boolean {
    for (let interim = this.#interims[0]; interim !== undefined; interim = this.#interims[0]) {
      const pairs = responseFields(interim, statusOf(interim), false);
      if (!frames.headers(this.#streamId, pairs, false)) return false;
      this.#interims.shift();
    }
    if (this.#head === '') return true;
    const pairs = responseFields(this.#head, this.#status, this.#isBare);
    const isLast = this.#isComplete && this.waitingBytes === 0 && this.#trailers === '';
    if (!frames.headers(this.#streamId, pairs, isLast)) return false;
    this.#head = '';
    this.#hasLeft = true;
    this.#hasEnded = isLast;
    return true;
  }

  /** Returns how much it was. */
  #sendPiece(frames: FrameWriter, size: number): number {
    if (this.#heldBytes === 0 && size < this.#text.length) this.#holdText();
    if (this.#heldBytes === 0) {
      const text = this.#text;
      this.#text = '';
      this.#hasEnded = this.#isComplete && this.#trailers === '';
      frames.text(this.#streamId, text, this.#hasEnded);
      return text.length;
    }
    const block = this.#held[0]!;
    const end = this.#held.length === 1 ? this.#last : BLOCK_BYTES;
    const sent = Math.min(size, end - this.#first);
    const isRest = sent === this.waitingBytes;
    this.#hasEnded = isRest && this.#isComplete && this.#trailers === '';
    const piece = block.subarray(this.#first, this.#first + sent);
    frames.data(this.#streamId, piece, this.#hasEnded);
    this.#first += sent;
    this.#heldBytes -= sent;
    if (this.#first === end) {
      this.#options.blocks.give(block);
      this.#held.shift();
      this.#first = 0;
    }
    return sent;
  }

  /** All content has left before its end was known, or could be said. */
  #sendEnd(frames: FrameWriter): Turn {
    if (this.#trailers === '') {
      if (frames.room < 0) return 'room';
      frames.text(this.#streamId, '', true);
    } else if (!frames.headers(this.#streamId, fieldsOf(this.#trailers), true)) {
      return 'room';
    }
    this.#hasEnded = true;
    return 'done';
  }

  get #takesContent(): boolean {
    return !this.#isHead && !this.#isBare && !WITHOUT_CONTENT.has(this.#status);
  }

  /** The upstream sends content that must not be passed on, and may have announced it. */
  get #isBare(): boolean {
    return this.#status === RESET_CONTENT || (this.isForConnect && this.#status === BAD_GATEWAY);
  }
}

/**
 * A success would be taken for a tunnel, so it stands for 101 alone (RFC 8441 5); an upstream that
 * answers in HTTP/1.1 instead has misunderstood.
 */
function connectStatus(status: number): number {
  if (status === 101) return 200;
  return status < 300 ? BAD_GATEWAY : status;
}
