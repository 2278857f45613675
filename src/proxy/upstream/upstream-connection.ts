// One HTTP/1.1 connection to an endpoint, serving one exchange at a time: reads responses strictly
// and tells the exchange what arrived. Does not choose endpoints, retry, or know the client.
//
//   connecting ──▶ idle ◀──▶ head ──▶ body ──▶ idle or closed
//                             ▲ │ interim responses
//                             └─┘

import type { Socket } from 'node:net';
import { assert } from '#base/assert.ts';
import { limits } from '#base/limits.ts';
import type { DataPlane } from '../data-plane.ts';
import type { Exchange } from '../exchange.ts';
import { BodyReader } from '../http1/body-reader.ts';
import { HeadText } from '../http1/head-text.ts';
import { MessageWriter } from '../http1/message-writer.ts';
import { UNTIL_CLOSE } from '../http1/response-head.ts';
import { Deadline } from '../timer-wheel.ts';
import type { EndpointPool } from './endpoint-pool.ts';
import { isShortage } from './shortage.ts';
import { tlsFailure } from './tls-failure.ts';
import type { UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamLink } from './upstream-link.ts';

export class UpstreamConnection implements UpstreamLink {
  readonly pool: EndpointPool;
  readonly writer: MessageWriter;
  readonly #plane: DataPlane;
  readonly #socket: Socket;
  readonly #deadline: Deadline;
  readonly #body = new BodyReader();
  readonly #headText = new HeadText();
  #exchange: Exchange | null = null;
  #awaitsHead = false;
  /** The endpoint accepts connections; there may be a handshake to follow. */
  #isReached = false;
  #isConnected = false;
  #isClosed = false;
  /** It has served an exchange: that it ends before the next response says nothing. */
  #isReused = false;
  #lacksDescriptors = false;
  #interims = 0;
  #keepsAlive = false;
  #carry: Buffer | null = null;
  /** How long it may stay idle, as the upstream's last response said. */
  #idleMs: number = limits.upstreamIdleTimeoutMs;

  constructor(plane: DataPlane, pool: EndpointPool) {
    this.#plane = plane;
    this.pool = pool;
    this.#deadline = new Deadline(plane.wheel, () => this.#expire());
    this.#socket = pool.openSocket({
      buffer: plane.upstreamReadBuffer,
      callback: (size, bytes) => this.#receive(size, bytes as Buffer),
    });
    this.writer = new MessageWriter(this.#socket, null);
    this.#socket.on('connect', () => {
      this.#isReached = true;
    });
    this.#socket.on(pool.transport.readyEvent, () => this.#connected());
    this.#socket.on('drain', () => this.#exchange?.upstreamDrained());
    this.#socket.on('end', () => this.#ended());
    this.#socket.on('error', (error) => this.#noteError(error));
    this.#socket.on('close', () => this.#closed());
    this.#deadline.set(limits.connectTimeoutMs);
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  assign(exchange: Exchange): void {
    assert(this.#exchange === null, 'an upstream connection serves one exchange at a time');
    this.#exchange = exchange;
    this.#awaitsHead = true;
    this.#interims = 0;
    this.expectProgress(true);
  }

  pause(): void {
    this.#socket.pause();
    this.#deadline.clear();
  }

  resume(): void {
    this.expectProgress(this.#exchange?.isUpstreamDue ?? false);
    this.#socket.resume();
  }

  expectProgress(isExpected: boolean): void {
    if (!this.#isConnected) return;
    if (!isExpected) {
      this.#deadline.clear();
      return;
    }
    const { responseMs, idleMs } = this.#plane.upstreamTimes;
    this.#deadline.set(this.#awaitsHead ? responseMs : idleMs);
  }

  destroy(): void {
    this.#exchange = null;
    this.#close();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#deadline.drop();
    this.pool.forget(this);
    this.#socket.destroy();
  }

  #connected(): void {
    this.#isConnected = true;
    this.pool.connected();
    this.#plane.counters.increment('upstreamConnects');
    this.expectProgress(true);
    this.#exchange?.upstreamConnected();
  }

  /** The read callback of the socket; the buffer is shared by all connections of the worker. */
  #receive(size: number, shared: Buffer): boolean {
    if (this.#exchange === null) {
      // Nobody asked: whatever it is, the next request must not meet it.
      this.#close();
      return true;
    }
    const carry = this.#carry;
    this.#carry = null;
    const bytes = carry === null ? shared : Buffer.concat([carry, shared.subarray(0, size)]);
    this.#read(this.#exchange, bytes, carry === null ? size : bytes.length);
    return true;
  }

  #read(exchange: Exchange, bytes: Buffer, size: number): void {
    let at = 0;
    if (this.#awaitsHead) {
      this.#headText.begin(bytes, size);
      at = this.#readHeads(exchange, bytes, size);
    }
    if (!this.#awaitsHead) at = this.#readBody(exchange, bytes, at, size);
    this.#headText.clear();
    if (this.#exchange !== exchange) return;
    if (!this.#awaitsHead && this.#body.isComplete) {
      this.#complete(exchange, at < size);
      return;
    }
    this.expectProgress(exchange.isUpstreamDue);
    exchange.flushResponse();
  }

  /**
   * Reads interim heads and the final one; half a head is kept for later. Returns how far it came.
   */
  #readHeads(exchange: Exchange, bytes: Buffer, size: number): number {
    let at = 0;
    while (this.#awaitsHead && at < size) {
      const end = this.#headText.findEnd(bytes, size, at);
      if (end < 0 && size - at <= limits.headBytesMax) {
        this.#carry = Buffer.from(bytes.subarray(at, size));
        return size;
      }
      if (end < 0 || !this.#readHead(exchange, bytes, at, end + 2)) {
        this.#fail('protocol');
        return size;
      }
      at = end + 4;
    }
    return at;
  }

  /** False: the head is not one we can pass on. */
  #readHead(exchange: Exchange, bytes: Buffer, start: number, end: number): boolean {
    const head = this.#plane.responseHead;
    const { text } = this.#headText;
    if (end - start > limits.headBytesMax || !head.read(bytes, text, start, end)) return false;
    if (head.status === 101) return this.#switchProtocols(exchange, bytes, start);
    if (head.status < 200) {
      this.#interims += 1;
      if (this.#interims > limits.interimResponsesMax) return false;
      exchange.relayInterim(head, bytes, text, start);
      return true;
    }
    this.#awaitsHead = false;
    const bodyLength = exchange.isHead || head.isBodiless ? 0 : head.bodyLength;
    this.#body.begin(bodyLength, exchange.takesTrailers);
    this.#idleMs = idleMs(head.keepAliveSeconds);
    this.#keepsAlive = head.keepAlive && this.#idleMs > 0;
    exchange.respond(head, bytes, text, start, bodyLength);
    return true;
  }

  /** False: nobody asked for it, or for another protocol than the one that follows. */
  #switchProtocols(exchange: Exchange, bytes: Buffer, start: number): boolean {
    const head = this.#plane.responseHead;
    if (exchange.upgrade === '' || !head.upgrades) return false;
    if (head.upgrade.toLowerCase() !== exchange.upgrade.toLowerCase()) return false;
    this.#awaitsHead = false;
    this.#keepsAlive = false;
    this.#body.begin(UNTIL_CLOSE);
    if (this.pool.isSuspect) this.pool.recordSuccess();
    this.#socket.setKeepAlive(true, limits.tunnelProbeMs);
    exchange.switchProtocols(head, bytes, this.#headText.text, start);
    return true;
  }

  endTunnel(): void {
    this.#socket.end();
  }

  #readBody(exchange: Exchange, bytes: Buffer, from: number, size: number): number {
    const body = this.#body;
    const { text } = this.#headText;
    let at = from;
    while (at < size && !body.isComplete && !body.isFaulty) {
      at = body.read(bytes, at, size);
      exchange.relayResponse(bytes, text, body.start, body.end);
    }
    if (body.isFaulty) this.#fail('protocol');
    return at;
  }

  /** The response has come to its end; bytes behind it belong to nobody, so the connection goes. */
  #complete(exchange: Exchange, hasExcess: boolean): void {
    if (hasExcess && exchange.canStillFail) {
      this.#fail('protocol');
      return;
    }
    this.#exchange = null;
    this.#isReused = true;
    if (this.pool.isSuspect) this.pool.recordSuccess();
    if (this.#keepsAlive && !hasExcess && exchange.requestIsSent) {
      this.#deadline.set(this.#idleMs);
      this.pool.release(this);
    } else {
      this.#close();
    }
    exchange.finishResponse(this.#body.trailers);
  }

  /** The upstream sends no more: that completes a body framed by it, and is a failure elsewhere. */
  #ended(): void {
    const exchange = this.#exchange;
    if (exchange?.isTunnel && !exchange.requestIsSent) {
      exchange.endTunnelResponse();
      return;
    }
    if (exchange !== null && !this.#awaitsHead) this.#body.endOfStream();
    if (exchange === null || this.#awaitsHead || !this.#body.isComplete) {
      this.#fail(this.#closedFailure());
    } else {
      this.#keepsAlive = false;
      this.#complete(exchange, false);
    }
  }

  #closed(): void {
    if (this.#isConnected) this.#fail(this.#closedFailure());
    else this.#fail(this.#isReached && this.pool.transport.isSecure ? 'handshake' : 'connect');
  }

  /** What has begun and stops within its head is no silence but an invalid response. */
  #closedFailure(): UpstreamFailure {
    const hasBegun = this.#awaitsHead && (this.#carry !== null || this.#interims > 0);
    return hasBegun ? 'protocol' : 'closed';
  }

  #expire(): void {
    this.#fail(this.#isConnected ? 'timeout' : 'connectTimeout');
  }

  #fail(failure: UpstreamFailure): void {
    const exchange = this.#exchange;
    this.#exchange = null;
    this.#close();
    if (exchange === null) return;
    if (this.#isEndpointsFault(exchange, failure)) this.pool.recordFailure();
    exchange.upstreamFailed(failure);
  }

  /** Not if we could not even ask, nor if it closed a connection that was idle, or is a tunnel. */
  #isEndpointsFault(exchange: Exchange, failure: UpstreamFailure): boolean {
    if (this.#lacksDescriptors || exchange.isTunnel) return false;
    return failure !== 'closed' || !this.#isReused || !this.#awaitsHead;
  }

  /** Idle connections hold descriptors that requests need more. */
  #noteError({ code }: NodeJS.ErrnoException): void {
    const failure = tlsFailure(code, this.#isConnected);
    // Node does not close a connection of TLS 1.3 whose handshake the server finds wanting later.
    if (failure !== null) this.#fail(failure);
    if (this.#isReached || !isShortage(code)) return;
    this.#lacksDescriptors = true;
    this.#plane.counters.increment('descriptorShortages');
    this.#plane.pools.closeIdle();
  }
}

/** An upstream that names its time-out gets a second less, so that we leave before it does. */
function idleMs(keepAliveSeconds: number): number {
  if (keepAliveSeconds < 0) return limits.upstreamIdleTimeoutMs;
  return Math.min(limits.upstreamIdleTimeoutMs, (keepAliveSeconds - 1) * 1_000);
}
