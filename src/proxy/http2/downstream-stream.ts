// One HTTP/2 stream of a client: a request, which it hands to an Exchange as the head of an
// HTTP/1.1 request and pieces of a body, and the response to it. Owns the stream's time-outs and
// its end; knows no routes, and nothing of the other streams. A session uses it for one stream
// after another, as a connection of HTTP/1.1 does with its Exchange.

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
import { ReceiveWindow } from './flow-window.ts';
import { ErrorCode } from './frame-format.ts';
import { HeldContent } from './held-content.ts';
import { areTrailers, isHeadRequest, requestText } from './request-text.ts';
import {
  ANSWERED_EARLY,
  BROKEN_OFF,
  PROPER,
  RESET,
  RESET_BY_CLIENT,
  type StreamEnd,
  type StreamOpening,
  type StreamOwner,
} from './stream-owner.ts';
import { StreamWriter } from './stream-writer.ts';
import { acceptsWebSocket, webSocketKey } from './websocket-handshake.ts';

/** The head that is being read: nobody keeps its bytes, and streams begin one after the other. */
const HEAD_BYTES = Buffer.allocUnsafeSlow(limits.headBytesMax);

const UNBOUNDED = Number.POSITIVE_INFINITY;
const NEVER = Number.POSITIVE_INFINITY;

export class DownstreamStream implements Downstream {
  readonly client: Client;
  readonly clientFields: string;
  readonly writer: StreamWriter;
  /** 0 while it stands for no stream. */
  streamId = 0;
  readonly #plane: DataPlane;
  readonly #owner: StreamOwner;
  readonly #exchange: Exchange;
  readonly #deadline: Deadline;
  /** When a tunnel ends because we leave. */
  #tunnelEnd: Deadline | null = null;
  readonly #window = new ReceiveWindow(limits.http2StreamWindowBytes);
  readonly #held = new HeldContent();
  /** Given to the upstream while that took no more: its room in the window is not given back. */
  #unreleased = 0;
  /** The client's side has ended; what is held may still have to be passed on. */
  hasEnded = false;
  /** That end has been passed on, or ours in its place. */
  #isEndTold = false;
  /** Nobody takes content. */
  #isPaused = false;
  #isFlushDue = false;
  /** Content that Content-Length allows still to come. */
  #left = UNBOUNDED;
  /** The key with which we ask the upstream for a WebSocket; empty for other requests. */
  #webSocketKey = '';

  constructor(plane: DataPlane, owner: StreamOwner) {
    this.#plane = plane;
    this.#owner = owner;
    this.client = owner.client;
    this.clientFields = owner.clientFields;
    this.#deadline = new Deadline(plane.wheel, () => this.#expire());
    this.writer = new StreamWriter({
      queue: owner.queue,
      blocks: plane.blocks,
      count: owner.countPayload,
      drained: () => this.#drained(),
      ended: () => this.#responded(),
    });
    this.#exchange = new Exchange(plane, this);
  }

  /** Runs a request. */
  begin({ streamId, pairs, isTooLarge, isLast, windowBytes }: StreamOpening): void {
    this.streamId = streamId;
    this.#window.reset();
    this.#unreleased = 0;
    this.hasEnded = isLast;
    this.#isEndTold = isLast;
    this.#isPaused = this.#isFlushDue = false;
    this.#left = UNBOUNDED;
    this.#webSocketKey = '';
    this.writer.open({ streamId, windowBytes, isHead: isHeadRequest(pairs) });
    if (isTooLarge) {
      this.#refuse(refusals.headTooLarge);
      return;
    }
    const request = requestText(pairs, !isLast, this.#makeKey);
    if (request === null) {
      this.#resetMalformed();
      return;
    }
    const { text, lineCount } = request;
    if (text.length > limits.headBytesMax) {
      this.#refuse(refusals.headTooLarge);
      return;
    }
    HEAD_BYTES.write(text, 'latin1');
    this.#readHead({ bytes: HEAD_BYTES, text, start: 0, end: text.length }, lineCount);
  }

  readonly #makeKey = (): string => {
    this.#webSocketKey = webSocketKey();
    this.writer.isForConnect = true;
    return this.#webSocketKey;
  };

  #readHead(source: HeadSource, lineCount: number): void {
    const head = this.#plane.requestHead;
    const refusal = head.read(source.bytes, source.text, source.start, source.end);
    // What the reader of HTTP/1.1 cannot understand is malformed; the rest is only not for us.
    if (refusal !== null && refusal.status !== refusals.fieldLine.status) {
      this.#refuse(refusal);
    } else if (refusal !== null || head.lines.count !== lineCount) {
      this.#resetMalformed();
    } else {
      const isUnusual = hasUnusualPath(head, source.text);
      const normal = isUnusual ? normalHead(head, source) : source;
      if (normal === null) this.#refuse(refusals.target);
      else this.#run(normal);
    }
  }

  #run({ bytes, text, start }: HeadSource): void {
    const head = this.#plane.requestHead;
    const isWebSocket = this.#webSocketKey !== '';
    if (head.bodyLength >= 0 && !isWebSocket) this.#left = head.bodyLength;
    if (this.hasEnded && this.#isShort) {
      this.#resetMalformed();
      return;
    }
    // The other protocol begins with the answer.
    this.#isPaused = isWebSocket;
    this.#exchange.begin(head, bytes, text, start);
    if (this.hasEnded || !this.#exchange.isActive || isWebSocket) return;
    this.#awaitBody();
    if (this.#exchange.hasUnsent) this.#flushLater();
  }

  /** Less content has come than Content-Length says. */
  get #isShort(): boolean {
    return this.#left !== UNBOUNDED && this.#left > 0;
  }

  /** Content that takes `size` of the windows. Returns the error that ends the session, or none. */
  receive(bytes: Buffer, start: number, end: number, size: number): ErrorCode {
    if (this.hasEnded) return ErrorCode.streamClosed;
    if (!this.#window.receive(size)) return ErrorCode.flowControl;
    this.#owner.countPayload(end - start);
    // Of no use to a response that has been given, nor to a tunnel that we end.
    if (!this.#exchange.isActive || this.#isEndTold) return ErrorCode.none;
    this.#left -= end - start;
    // Padding.
    this.#unreleased += size - (end - start);
    if (this.#left < 0) this.#resetMalformed();
    else if (this.#takesContent) this.#passOn(bytes, start, end);
    else this.#held.add(bytes, start, end);
    return ErrorCode.none;
  }

  /** The client's side has ended. */
  receiveEnd(): void {
    this.hasEnded = true;
    if (!this.#exchange.isActive) return;
    if (this.#isShort) this.#resetMalformed();
    else this.#tellEnd();
  }

  /** A field section behind the content, which is checked and dropped. */
  receiveTrailers(pairs: readonly string[], isAll: boolean): void {
    if (isAll && areTrailers(pairs)) this.receiveEnd();
    else this.#resetMalformed();
  }

  receiveReset(): void {
    this.#close(RESET_BY_CLIENT);
  }

  get #takesContent(): boolean {
    if (this.#isPaused || !this.#held.isEmpty) return false;
    return this.#exchange.takesBody || this.#exchange.isTunnel;
  }

  #passOn(bytes: Buffer, start: number, end: number): void {
    this.#exchange.relayRequest(bytes, '', start, end);
    if (!this.#exchange.isActive) return;
    this.#unreleased += end - start;
    this.#awaitBody();
    this.#flushLater();
  }

  /** An end that nobody waits for behind no content comes at once. */
  #tellEnd(): void {
    if (this.#isEndTold || !(this.#takesContent || this.#isBodiless)) return;
    this.#isEndTold = true;
    if (this.#exchange.isTunnel) {
      this.#exchange.endTunnelRequest();
      return;
    }
    this.#exchange.endRequest();
    this.#wait(NEVER);
    this.#flushLater();
  }

  get #isBodiless(): boolean {
    return this.#left === 0 && this.#held.isEmpty && !this.#isPaused;
  }

  /**
   * Once a response has begun both sides may talk as they like, as in a tunnel; before, the client
   * is expected to go on.
   */
  #awaitBody(): void {
    if (this.#exchange.hasResponded) this.touchTunnel();
    else this.#wait(limits.bodyTimeoutMs);
  }

  #flushLater(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    this.#owner.flushLater(this);
  }

  /** Sends what has gathered of the request, and lets the client send as much again. */
  flushRequest(): void {
    if (!this.#isFlushDue) return;
    this.#isFlushDue = false;
    if (!this.#exchange.isActive) return;
    if (this.#exchange.flushRequest()) {
      this.#release();
    } else {
      this.#isPaused = true;
      this.#wait(NEVER);
    }
  }

  #release(): void {
    if (this.hasEnded || this.#unreleased === 0) return;
    const opened = this.#window.release(this.#unreleased);
    this.#unreleased = 0;
    if (opened === 0) return;
    this.#owner.frames.windowUpdate(this.streamId, opened);
    this.#owner.wake();
  }

  resumeBody(): void {
    if (this.#webSocketKey !== '' && !this.#exchange.isTunnel) return;
    this.#isPaused = false;
    if (!this.hasEnded) this.#awaitBody();
    if (!this.#held.isEmpty && (this.#exchange.takesBody || this.#exchange.isTunnel)) {
      const bytes = this.#held.take();
      this.#passOn(bytes, 0, bytes.length);
    }
    if (this.hasEnded) this.#tellEnd();
    if (this.#isFlushDue) this.flushRequest();
    else this.#release();
  }

  flush(): boolean {
    this.#owner.wake();
    if (this.writer.flush()) return true;
    this.#deadline.set(limits.sendTimeoutMs);
    return false;
  }

  /** The response is complete. It may leave slowly; the rest of the request need not come. */
  finishExchange(): void {
    this.writer.end();
    this.#held.clear();
    this.#deadline.set(limits.sendTimeoutMs);
    this.writer.flush();
    this.#owner.wake();
  }

  /** The response has left, with its end. In a tunnel the client may go on. */
  #responded(): void {
    if (this.#exchange.isActive) return;
    if (this.hasEnded) this.#close(PROPER);
    else this.#reset(ErrorCode.none, ANSWERED_EARLY);
  }

  abort(): void {
    const code = this.#exchange.isTunnel ? ErrorCode.connect : ErrorCode.internal;
    this.#reset(code, BROKEN_OFF);
  }

  beginTunnel(): void {
    if (!acceptsWebSocket(this.writer.head, this.#webSocketKey)) {
      this.abort();
      return;
    }
    this.touchTunnel();
    this.drain();
    this.resumeBody();
  }

  /** We are leaving: a tunnel ends in time, as if its client had ended it. */
  drain(): void {
    if (!this.#exchange.isActive || !this.#exchange.isTunnel) return;
    this.#tunnelEnd = this.#plane.endTunnelInTime(() => {
      this.#isEndTold = true;
      this.#exchange.endTunnelRequest();
    });
  }

  touchTunnel(): void {
    this.#wait(limits.tunnelIdleTimeoutMs);
  }

  /** For what comes next, unless the client is slow: it gains no time to read by what it sends. */
  #wait(durationMs: number): void {
    if (!this.writer.awaitsDrain) this.#deadline.set(durationMs);
  }

  endTunnel(): void {
    this.writer.end();
    this.flush();
  }

  /** The client has taken what was waiting for it. */
  #drained(): void {
    if (!this.#exchange.isActive) return;
    if (this.hasEnded) this.#wait(NEVER);
    else this.#awaitBody();
    this.#exchange.downstreamDrained();
  }

  /** Answers a request that cannot be understood safely, or does not come to its end. */
  #refuse(refusal: Refusal): void {
    this.#countRefused(refusal);
    if (!this.writer.isUntouched) {
      this.#reset(ErrorCode.cancel, RESET);
      return;
    }
    const { date } = this.#plane;
    this.writer.discard();
    this.writer.begin(localReply({ ...refusal, isHead: false, connection: '', date }), false);
    this.finishExchange();
  }

  /** RFC 9113 8.1.1: an error of the stream. */
  #resetMalformed(): void {
    this.#countRefused(refusals.fieldLine);
    this.#reset(ErrorCode.protocol, RESET);
  }

  #countRefused(refusal: Refusal): void {
    this.#plane.counters.increment('requestsRefused');
    if (this.#exchange.isActive) this.#exchange.abort(refusal);
    else this.#plane.accessLog?.add(refusedLine(this.client, refusal));
  }

  #expire(): void {
    const isStuck = this.writer.waitingBytes > 0 || !this.#exchange.isActive;
    if (isStuck) this.#reset(ErrorCode.cancel, RESET);
    else if (this.#exchange.hasResponded) this.abort();
    else this.#refuse(refusals.bodyTimeout);
  }

  #reset(code: ErrorCode, end: StreamEnd): void {
    this.#owner.frames.rstStream(this.streamId, code);
    this.#owner.wake();
    this.#close(end);
  }

  #close(end: StreamEnd): void {
    this.#forget();
    this.#deadline.clear();
    this.#owner.streamClosed(this, end);
    this.streamId = 0;
  }

  /** The session is gone, and with it all of this. */
  destroy(): void {
    this.#forget();
    this.#deadline.drop();
  }

  #forget(): void {
    this.#tunnelEnd?.drop();
    this.#tunnelEnd = null;
    this.writer.close();
    this.#held.clear();
    this.#isFlushDue = false;
    this.#exchange.abort(CLIENT_GONE);
  }
}
