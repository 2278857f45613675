// One stream of HTTP/2 to an endpoint, made for one exchange: turns what arrives on it into the
// words in which an exchange is told of a response. Does not choose endpoints, retry, or know the
// client.
//
//   waiting (for its session) ──▶ head ──▶ body ──▶ closed
//                                 ▲ │ interim responses
//                                 └─┘

import { type ClientHttp2Stream, constants } from 'node:http2';
import { performance } from 'node:perf_hooks';
import { assert } from '#base/assert.ts';
import { limits } from '#base/limits.ts';
import type { DataPlane } from '../data-plane.ts';
import type { Exchange } from '../exchange.ts';
import { Deadline } from '../timer-wheel.ts';
import { fieldLines, type RequestFields, responseHead } from './http2-fields.ts';
import { RequestWriter } from './request-writer.ts';
import type { UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamLink } from './upstream-link.ts';
import type { UpstreamSession } from './upstream-session.ts';

/** Codes by which a peer says that what we were sent, or have sent, is not HTTP/2. */
const PROTOCOL_CODES: ReadonlySet<number | undefined> = new Set([
  constants.NGHTTP2_PROTOCOL_ERROR,
  constants.NGHTTP2_FLOW_CONTROL_ERROR,
  constants.NGHTTP2_FRAME_SIZE_ERROR,
  constants.NGHTTP2_COMPRESSION_ERROR,
]);

export class UpstreamStream implements UpstreamLink {
  readonly writer: RequestWriter;
  readonly #plane: DataPlane;
  readonly #session: UpstreamSession;
  readonly #deadline: Deadline;
  /** When a call of gRPC ends that said how long it waits. */
  #callDeadline: Deadline | null = null;
  #exchange: Exchange | null = null;
  /** Null while the request has not been sent. */
  #stream: ClientHttp2Stream | null = null;
  #awaitsHead = true;
  #interims = 0;
  #trailers = '';
  #wasPaused = false;

  constructor(plane: DataPlane, session: UpstreamSession) {
    this.#plane = plane;
    this.#session = session;
    this.#deadline = new Deadline(plane.wheel, () => this.#expire());
    const { scheme } = session;
    const { keptBytes } = plane.pools;
    this.writer = new RequestWriter(scheme, keptBytes, (fields) => this.#open(fields));
  }

  get isConnected(): boolean {
    return this.#session.isConnected;
  }

  assign(exchange: Exchange): void {
    assert(this.#exchange === null, 'a stream serves one exchange');
    this.#exchange = exchange;
    this.expectProgress(true);
  }

  /** The session is connected: the request that waits for it may be sent. */
  connected(): void {
    this.expectProgress(true);
    this.#exchange?.upstreamConnected();
  }

  pause(): void {
    this.#wasPaused = true;
    this.#stream?.pause();
    this.#deadline.clear();
  }

  resume(): void {
    this.expectProgress(this.#exchange?.isUpstreamDue ?? false);
    this.#stream?.resume();
  }

  expectProgress(isExpected: boolean): void {
    // Until its response begins a call that has a deadline needs no other one.
    const isDue = isExpected && (!this.#awaitsHead || this.#callDeadline === null);
    if (!isDue || !this.isConnected) {
      this.#deadline.clear();
      return;
    }
    const { responseMs, idleMs } = this.#plane.upstreamTimes;
    this.#deadline.set(this.#awaitsHead ? responseMs : idleMs);
  }

  /** No tunnel is made over HTTP/2, since an upgrade is not asked for. */
  endTunnel(): void {}

  destroy(): void {
    this.#exchange = null;
    this.#release(constants.NGHTTP2_CANCEL);
    this.writer.kept.letGo();
  }

  /** Its session has failed, or took no more streams. */
  fail(failure: UpstreamFailure): void {
    const exchange = this.#exchange;
    this.#exchange = null;
    this.#release(constants.NGHTTP2_CANCEL);
    exchange?.upstreamFailed(failure, this.writer.kept);
    this.writer.kept.letGo();
  }

  #open(fields: RequestFields): ClientHttp2Stream | null {
    // Its server would answer something, but not what the client asks for (RFC 8441 is not spoken).
    const isWebSocket = this.#exchange?.upgrade.toLowerCase() === 'websocket';
    const stream = isWebSocket ? null : this.#session.request(fields);
    if (stream === null) {
      // The exchange is in the midst of sending; it learns of the failure when it has done so.
      process.nextTick(() => this.fail(isWebSocket ? 'webSocket' : 'refused'));
      return null;
    }
    this.#stream = stream;
    if (fields.callTimeoutMs !== Number.POSITIVE_INFINITY) this.#limit(fields.callTimeoutMs);
    stream.on('headers', (fields, _flags, list) => this.#interim(fields[':status'], list));
    stream.on('response', (fields, flags, list) =>
      this.#respond(fields[':status'] ?? 0, list, isLast(flags)),
    );
    stream.on('data', (bytes: Buffer) => this.#receive(bytes));
    stream.on('trailers', (_fields, _flags, list: string[]) => {
      this.#trailers = fieldLines(list);
    });
    stream.on('end', () => this.#ended());
    stream.on('drain', () => this.#exchange?.upstreamDrained());
    stream.on('error', () => {});
    stream.on('close', () => this.#closed());
    return stream;
  }

  /** Its client has begun to wait when the exchange began, or before. */
  #limit(callTimeoutMs: number): void {
    const waitedMs = performance.now() - (this.#exchange?.startedMs ?? 0);
    this.#callDeadline = new Deadline(this.#plane.wheel, () => this.fail('deadline'));
    this.#callDeadline.set(Math.max(0, callTimeoutMs - waitedMs));
    this.#deadline.clear();
  }

  #interim(status: number | undefined, list: string[]): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    this.#interims += 1;
    const head = this.#readHead(status ?? 0, list, false);
    if (head === null || this.#interims > limits.interimResponsesMax) {
      this.#blame('protocol');
      return;
    }
    this.expectProgress(exchange.isUpstreamDue);
    exchange.relayInterim(this.#plane.responseHead, head.bytes, head.text, 0);
    exchange.flushResponse();
  }

  #respond(status: number, list: string[], isComplete: boolean): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    const head = this.#readHead(status, list, isComplete);
    if (head === null) {
      this.#blame('protocol');
      return;
    }
    this.#awaitsHead = false;
    this.writer.kept.letGo();
    this.expectProgress(exchange.isUpstreamDue);
    const { responseHead } = this.#plane;
    const bodyLength = exchange.isHead || responseHead.isBodiless ? 0 : responseHead.bodyLength;
    exchange.respond(responseHead, head.bytes, head.text, 0, bodyLength);
    // With the head that was all, the client is told so in one piece.
    if (isComplete) this.#complete(exchange);
    else exchange.flushResponse();
  }

  /** Into the worker's scratch head; null if it is not one we can pass on. */
  #readHead(status: number, list: readonly string[], isComplete: boolean) {
    const isHead = this.#exchange?.isHead ?? false;
    const text = responseHead(status, list, { isComplete, isHead });
    const bytes = Buffer.from(text, 'latin1');
    if (bytes.length > limits.headBytesMax) return null;
    return this.#plane.responseHead.read(bytes, text, 0, bytes.length) ? { bytes, text } : null;
  }

  #receive(bytes: Buffer): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    this.expectProgress(exchange.isUpstreamDue);
    exchange.relayResponse(bytes, '', 0, bytes.length);
    exchange.flushResponse();
  }

  /**
   * Node ends a stream that was reset, or whose session was lost, as if that were all of it. Such a
   * one is closed already; one that ended in order is not yet, unless it was read late.
   */
  #ended(): void {
    const exchange = this.#exchange;
    const stream = this.#stream!;
    const isInOrder = stream.rstCode === constants.NGHTTP2_NO_ERROR;
    if (exchange === null || this.#awaitsHead || !isInOrder) return;
    if (!stream.closed || this.#wasPaused) this.#complete(exchange);
  }

  #complete(exchange: Exchange): void {
    this.#exchange = null;
    const { pool } = this.#session;
    if (pool.isSuspect) pool.recordSuccess();
    // What the client still sends is wanted no more.
    this.#release(exchange.requestIsSent ? null : constants.NGHTTP2_CANCEL);
    exchange.finishResponse(exchange.takesTrailers ? this.#trailers : '');
  }

  #closed(): void {
    if (this.#exchange === null) return;
    const code = this.#stream?.rstCode;
    if (code === constants.NGHTTP2_REFUSED_STREAM) this.fail('refused');
    else if (PROTOCOL_CODES.has(code) || this.#interims > 0) this.#blame('protocol');
    else this.#blame('closed');
  }

  #expire(): void {
    this.#session.suspect();
    this.#blame('timeout');
  }

  /** A failure that speaks against the endpoint. */
  #blame(failure: UpstreamFailure): void {
    this.#session.blame();
    this.fail(failure);
  }

  /** Ends the stream, with this code if it has not ended itself. */
  #release(code: number | null): void {
    this.#deadline.drop();
    this.#callDeadline?.drop();
    if (code !== null && this.#stream?.closed === false) this.#stream.close(code);
    this.#session.forget(this);
  }
}

function isLast(flags: number): boolean {
  return (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
}
