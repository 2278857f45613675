// Writes messages to one HTTP/2 stream: what gathers as the text and bytes of an HTTP/1.1 message
// leaves as HEADERS and DATA. Knows frames no more than Node's stream does, and no meaning.

import type { ServerHttp2Stream } from 'node:http2';
import { limits } from '#base/limits.ts';
import type { MessageSink } from '../downstream.ts';
import type { BlockPool } from '../http1/block-pool.ts';
import { fieldsByName, responseFields, statusOf } from './response-fields.ts';

/** What Content-Length says there is not about this response (RFC 9110 15.3.5, 15.4.5). */
const WITHOUT_CONTENT: ReadonlySet<number> = new Set([204, 304]);

/** RFC 9110 15.3.6. */
const RESET_CONTENT = 205;
const BAD_GATEWAY = 502;

const HEAD_END = '\r\n\r\n';

export class StreamWriter implements MessageSink {
  readonly #stream: ServerHttp2Stream;
  readonly #blocks: BlockPool;
  readonly #count: (bytes: number) => void;
  /** Of a request by HEAD Node has ended the response's side at once. */
  readonly #isHead: boolean;
  /** The final head, until it leaves. */
  #head = '';
  #status = 0;
  /** The response answers an extended CONNECT. */
  isForConnect = false;
  #mayTrail = false;
  #trailers = '';
  /** What has gathered of the body in small pieces, as latin1: lent bytes may not stay. */
  #text = '';
  #isComplete = false;
  #hasLeft = false;
  #waitsToTrail = false;
  #done: (() => void) | null = null;

  /** `count` is told the bytes of content. */
  constructor(stream: ServerHttp2Stream, blocks: BlockPool, count: (bytes: number) => void) {
    this.#stream = stream;
    this.#blocks = blocks;
    this.#count = count;
    this.#isHead = stream.writableEnded;
  }

  get isUntouched(): boolean {
    return !this.#hasLeft;
  }

  /** The whole response has been given to the stream. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** The head that has not left yet. */
  get head(): string {
    return this.#head;
  }

  begin(head: string, mayTrail: boolean): void {
    const status = statusOf(head);
    if (status < 200 && status !== 101) {
      this.#sendInterim(head, status);
      return;
    }
    const end = head.indexOf(HEAD_END) + HEAD_END.length;
    this.#head = head.slice(0, end);
    this.#status = this.isForConnect ? connectStatus(status) : status;
    this.#mayTrail = mayTrail && this.#takesContent;
    this.#text += head.slice(end);
  }

  #sendInterim(head: string, status: number): void {
    if (this.#isGone) return;
    const fields = fieldsByName(head.slice(head.indexOf('\r\n') + 2));
    this.#stream.additionalHeaders({ ':status': status, ...fields });
  }

  body(bytes: Buffer, text: string, start: number, end: number): void {
    const size = end - start;
    if (size === 0 || this.#isGone) return;
    this.#count(size);
    if (this.#text.length + size <= limits.textWriteBytesMax) {
      this.#text +=
        end <= text.length ? text.slice(start, end) : bytes.toString('latin1', start, end);
      return;
    }
    this.#leave();
    if (!this.#takesContent) return;
    const block = this.#blocks.take(size);
    bytes.copy(block, 0, start, end);
    this.#stream.write(block.subarray(0, size), () => this.#blocks.give(block));
  }

  /** Ends the message; the trailers leave with it if it was begun so that it may have some. */
  end(trailers = ''): void {
    this.#isComplete = true;
    if (this.#mayTrail && trailers !== '') this.#trailers = trailers;
  }

  discard(): void {
    this.#text = '';
    this.#isComplete = false;
    this.#trailers = '';
  }

  /** Sends what has gathered. False: the client is slow; wait for the stream's `drain`. */
  flush(): boolean {
    if (this.#isGone) return true;
    this.#leave();
    return this.#stream.writableLength <= limits.writeBacklogBytesMax;
  }

  /** Calls `done` when the response, which has been flushed, is on its way with its trailers. */
  whenSent(done: () => void): void {
    // A head that was all leaves with the next turn of Node's loop, and a reset would overtake it.
    const later = (): unknown => setImmediate(done);
    if (this.#waitsToTrail) this.#done = done;
    else if (this.#stream.writableFinished) later();
    else this.#stream.on('finish', later);
  }

  #sendTrailers(): void {
    if (this.#isGone) return;
    this.#stream.sendTrailers(fieldsByName(this.#trailers));
    // Node sends them in the next turn of its loop, before what it is asked for then.
    if (this.#done !== null) setImmediate(this.#done);
  }

  get #isGone(): boolean {
    return this.#stream.closed || this.#stream.destroyed;
  }

  get #takesContent(): boolean {
    return !this.#isHead && !this.#isBare && !WITHOUT_CONTENT.has(this.#status);
  }

  /** The upstream sends content that must not be passed on, and may have announced it. */
  get #isBare(): boolean {
    return this.#status === RESET_CONTENT || (this.isForConnect && this.#status === BAD_GATEWAY);
  }

  #leave(): void {
    const text = this.#text;
    this.#text = '';
    if (!this.#hasLeft) this.#sendHead(this.#isComplete && text === '');
    if (!this.#takesContent || this.#stream.writableEnded) return;
    // The last piece and the end leave as one frame.
    if (!this.#isComplete && text !== '') this.#stream.write(text, 'latin1');
    else if (this.#isComplete && text !== '') this.#stream.end(text, 'latin1');
    else if (this.#isComplete) this.#stream.end();
  }

  #sendHead(isAll: boolean): void {
    if (this.#head === '') return;
    this.#hasLeft = true;
    const fields = responseFields(this.#head, this.#status, this.#isBare);
    this.#waitsToTrail = this.#mayTrail && (!this.#isComplete || this.#trailers !== '');
    const endStream = !this.#takesContent || (isAll && !this.#waitsToTrail);
    this.#head = '';
    if (this.#waitsToTrail) this.#stream.on('wantTrailers', () => this.#sendTrailers());
    const waitForTrailers = this.#waitsToTrail;
    this.#stream.respond(fields, { endStream, waitForTrailers });
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
