// One HTTP/2 stream of a client: a request, which it hands to an Exchange as the head of an
// HTTP/1.1 request and pieces of a body, and the response to it. Owns the stream's time-outs and
// its end; knows no routes, and nothing of the other streams.

import { constants, type ServerHttp2Stream } from 'node:http2';
import { limits } from '#base/limits.ts';
import { refusedLine } from '../access-entry.ts';
import type { DataPlane } from '../data-plane.ts';
import type { Downstream } from '../downstream.ts';
import { Exchange } from '../exchange.ts';
import { type HeadSource, hasUnusualPath, normalHead } from '../http1/normal-head.ts';
import { CLIENT_GONE, type Refusal, refusals } from '../http1/refusal.ts';
import type { Client } from '../phases/forwarding-fields.ts';
import { localReply } from '../phases/local-reply.ts';
import { Deadline } from '../timer-wheel.ts';
import { requestText } from './request-text.ts';
import { StreamWriter } from './stream-writer.ts';
import { acceptsWebSocket, webSocketKey } from './websocket-handshake.ts';

/** What all streams of a session share. */
export interface StreamOwner {
  readonly client: Client;
  readonly clientFields: string;
  /** So many bytes of heads or content have passed, in either direction. */
  readonly countPayload: (bytes: number) => void;
  /** The stream is gone; `isWaste`: the client did not let it come to its proper end. */
  streamClosed(stream: DownstreamStream, isWaste: boolean): void;
}

const { NGHTTP2_NO_ERROR, NGHTTP2_PROTOCOL_ERROR, NGHTTP2_INTERNAL_ERROR } = constants;
const { NGHTTP2_CANCEL, NGHTTP2_CONNECT_ERROR } = constants;

/** The head that is being read: nobody keeps its bytes, and streams begin one after the other. */
const HEAD_BYTES = Buffer.allocUnsafeSlow(limits.headBytesMax);

/** What becomes of a stream is told by its end. */
const ignore = (): void => {};

const UNBOUNDED = Number.POSITIVE_INFINITY;

export class DownstreamStream implements Downstream {
  readonly client: Client;
  readonly clientFields: string;
  readonly writer: StreamWriter;
  readonly #plane: DataPlane;
  readonly #stream: ServerHttp2Stream;
  readonly #owner: StreamOwner;
  readonly #exchange: Exchange;
  readonly #deadline: Deadline;
  /** When a tunnel ends because we leave. */
  #tunnelEnd: Deadline | null = null;
  /** The client's side has ended. */
  #hasEnded: boolean;
  /** Content that Content-Length allows still to come. */
  #left = UNBOUNDED;
  /** The key with which we ask the upstream for a WebSocket; empty for other requests. */
  #webSocketKey = '';
  /** The client is slow. */
  #awaitsDrain = false;
  /** The upstream broke the response off: that is not held against the client. */
  #isUpstreamsFault = false;

  constructor(plane: DataPlane, owner: StreamOwner, stream: ServerHttp2Stream) {
    this.#plane = plane;
    this.#owner = owner;
    this.#stream = stream;
    this.client = owner.client;
    this.clientFields = owner.clientFields;
    this.#hasEnded = stream.endAfterHeaders;
    this.#deadline = new Deadline(plane.wheel, () => this.#expire());
    this.writer = new StreamWriter(stream, plane.blocks, owner.countPayload);
    this.#exchange = new Exchange(plane, this);
    stream.on('error', ignore);
    stream.on('close', () => this.#gone());
  }

  /** Runs the request whose fields are `pairs`, name and value in turn. */
  begin(pairs: readonly string[]): void {
    // It was reset in the same read that brought it.
    if (this.#stream.closed) return;
    const request = requestText(pairs, !this.#hasEnded, () => {
      this.#webSocketKey = webSocketKey();
      this.writer.isForConnect = true;
      return this.#webSocketKey;
    });
    if (request === null) {
      this.#resetMalformed();
      return;
    }
    const { text, lineCount } = request;
    this.#owner.countPayload(text.length);
    if (text.length > limits.headBytesMax) {
      this.#refuse(refusals.headTooLarge);
      return;
    }
    HEAD_BYTES.write(text, 'latin1');
    const source = { bytes: HEAD_BYTES, text, start: 0, end: text.length };
    const refusal = this.#readHead(source, lineCount);
    if (refusal !== null) {
      this.#refuse(refusal);
      return;
    }
    const normal = this.#normalized(source);
    if (normal === null) this.#refuse(refusals.target);
    else this.#run(normal);
  }

  #readHead({ bytes, text, start, end }: HeadSource, lineCount: number): Refusal | null {
    const head = this.#plane.requestHead;
    const refusal = head.read(bytes, text, start, end);
    if (refusal !== null) return refusal;
    return head.lines.count === lineCount ? null : refusals.fieldLine;
  }

  /** With its path in normal form; null if that cannot be. */
  #normalized(source: HeadSource): HeadSource | null {
    const head = this.#plane.requestHead;
    return hasUnusualPath(head, source.text) ? normalHead(head, source) : source;
  }

  #run({ bytes, text, start }: HeadSource): void {
    const head = this.#plane.requestHead;
    if (head.bodyLength >= 0) this.#left = head.bodyLength;
    if (this.#hasEnded && this.#left > 0 && this.#left !== UNBOUNDED) {
      this.#resetMalformed();
      return;
    }
    if (!this.#hasEnded) this.#receiveBody();
    this.#exchange.begin(head, bytes, text, start);
    if (this.#hasEnded || !this.#exchange.isActive || this.#webSocketKey !== '') return;
    this.#awaitBody();
    if (this.#exchange.hasUnsent) this.#flushRequest();
    // A body that is awaited by nobody is empty: only its end is to come.
    if (this.#exchange.takesBody || this.#left === 0) this.#stream.resume();
  }

  /** Nothing is read before somebody takes it: the window stays closed as long. */
  #receiveBody(): void {
    this.#stream.pause();
    this.#stream.on('data', (bytes: Buffer) => this.#receive(bytes));
    this.#stream.on('end', () => this.#ended());
  }

  #receive(bytes: Buffer): void {
    this.#owner.countPayload(bytes.length);
    if (!this.#exchange.isActive) return;
    this.#left -= bytes.length;
    if (this.#left < 0) {
      this.#resetMalformed();
      return;
    }
    this.#exchange.relayRequest(bytes, '', 0, bytes.length);
    this.#awaitBody();
    this.#flushRequest();
  }

  #ended(): void {
    this.#hasEnded = true;
    if (!this.#exchange.isActive) return;
    // A stream that is closed before it was answered has been reset: that is no end of a body.
    if (this.#stream.closed) {
      this.#exchange.abort(CLIENT_GONE);
    } else if (this.#exchange.isTunnel) {
      this.#exchange.endTunnelRequest();
    } else if (this.#left !== UNBOUNDED && this.#left > 0) {
      this.#resetMalformed();
    } else {
      this.#exchange.endRequest();
      this.#deadline.clear();
      this.#flushRequest();
    }
  }

  /**
   * Once a response has begun both sides may talk as they like, as in a tunnel; before, the client
   * is expected to go on.
   */
  #awaitBody(): void {
    if (this.#exchange.hasResponded) this.touchTunnel();
    else this.#deadline.set(limits.bodyTimeoutMs);
  }

  #flushRequest(): void {
    if (this.#exchange.flushRequest()) return;
    this.#stream.pause();
    this.#deadline.clear();
  }

  resumeBody(): void {
    if (!this.#hasEnded) this.#awaitBody();
    this.#stream.resume();
  }

  flush(): boolean {
    if (this.writer.flush()) return true;
    this.#deadline.set(limits.sendTimeoutMs);
    if (!this.#awaitsDrain) this.#stream.once('drain', () => this.#drained());
    this.#awaitsDrain = true;
    return false;
  }

  /** The response is complete. It may leave slowly; the rest of the request need not come. */
  finishExchange(): void {
    this.writer.end();
    this.#deadline.set(limits.sendTimeoutMs);
    this.writer.flush();
    if (this.#hasEnded) return;
    this.writer.whenSent(() => {
      this.#stream.close(NGHTTP2_NO_ERROR);
      // What had come by then is thrown away: a stream is not gone while it can be read.
      this.#stream.resume();
    });
  }

  abort(): void {
    this.#isUpstreamsFault = true;
    const { isTunnel } = this.#exchange;
    this.#exchange.abort(CLIENT_GONE);
    this.#stream.close(isTunnel ? NGHTTP2_CONNECT_ERROR : NGHTTP2_INTERNAL_ERROR);
  }

  beginTunnel(): void {
    if (!acceptsWebSocket(this.writer.head, this.#webSocketKey)) {
      this.abort();
      return;
    }
    this.#left = UNBOUNDED;
    this.touchTunnel();
    this.drain();
    if (this.#hasEnded) this.#exchange.endTunnelRequest();
    else this.#stream.resume();
  }

  /** We are leaving: a tunnel ends in time, as if its client had ended it. */
  drain(): void {
    if (!this.#exchange.isTunnel) return;
    this.#tunnelEnd = this.#plane.endTunnelInTime(() => {
      this.#hasEnded = true;
      this.#stream.pause();
      this.#exchange.endTunnelRequest();
    });
  }

  touchTunnel(): void {
    this.#deadline.set(limits.tunnelIdleTimeoutMs);
  }

  endTunnel(): void {
    this.writer.end();
    this.writer.flush();
  }

  /** The client has taken what was waiting for it. */
  #drained(): void {
    this.#awaitsDrain = false;
    if (!this.#exchange.isActive) return;
    if (this.#hasEnded) this.#deadline.clear();
    else this.#awaitBody();
    this.#exchange.downstreamDrained();
  }

  /** Answers a request that cannot be understood safely, or does not come to its end. */
  #refuse(refusal: Refusal): void {
    this.#plane.counters.increment('requestsRefused');
    if (this.#exchange.isActive) this.#exchange.abort(refusal);
    else this.#plane.accessLog?.add(refusedLine(this.client, refusal));
    if (!this.writer.isUntouched) {
      this.#stream.close(NGHTTP2_CANCEL);
      return;
    }
    const { date } = this.#plane;
    this.writer.discard();
    this.writer.begin(localReply({ ...refusal, isHead: false, connection: '', date }), false);
    this.finishExchange();
  }

  /** RFC 9113 8.1.1: an error of the stream. */
  #resetMalformed(): void {
    this.#plane.counters.increment('requestsRefused');
    if (this.#exchange.isActive) this.#exchange.abort(refusals.fieldLine);
    else this.#plane.accessLog?.add(refusedLine(this.client, refusals.fieldLine));
    this.#stream.close(NGHTTP2_PROTOCOL_ERROR);
  }

  #expire(): void {
    const isStuck = this.#stream.writableLength > 0 || !this.#exchange.isActive;
    if (isStuck) this.#stream.close(NGHTTP2_CANCEL);
    else if (this.#exchange.hasResponded) this.abort();
    else this.#refuse(refusals.bodyTimeout);
  }

  #gone(): void {
    this.#deadline.drop();
    this.#tunnelEnd?.drop();
    this.#exchange.abort(CLIENT_GONE);
    const isAnswered = this.writer.isComplete && this.#stream.rstCode === NGHTTP2_NO_ERROR;
    this.#owner.streamClosed(this, !isAnswered && !this.#isUpstreamsFault);
  }
}
