// One connection of HTTP/2 to an endpoint, shared by the exchanges of many clients: connects,
// counts its streams, and ends when its peer, its age or silence says so. Knows no requests.
//
//   connecting ──▶ open ◀──▶ idle ──▶ closed
//                   │ GOAWAY, or too many streams in its life
//                   └──▶ draining ──▶ closed

import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { limits } from '#base/limits.ts';
import type { DataPlane } from '../data-plane.ts';
import { Deadline } from '../timer-wheel.ts';
import type { EndpointPool } from './endpoint-pool.ts';
import type { RequestFields } from './http2-fields.ts';
import { isShortage } from './shortage.ts';
import type { UpstreamFailure } from './upstream-failure.ts';
import { UpstreamStream } from './upstream-stream.ts';

/** Only what a proxy needs: nothing is pushed, and a response is let in by the window's size. */
const SETTINGS = {
  enablePush: false,
  initialWindowSize: limits.upstreamStreamWindowBytes,
  maxHeaderListSize: limits.headBytesMax,
} as const;

/**
 * Fields that a client repeats are passed on repeated, as in HTTP/1.1: else Node throws. Its types
 * know the option for servers only.
 */
const REPEATABLE_FIELDS = { strictSingleValueFields: false } as const;

export class UpstreamSession {
  readonly pool: EndpointPool;
  readonly scheme: 'http' | 'https';
  readonly #plane: DataPlane;
  readonly #socket: Socket;
  readonly #deadline: Deadline;
  /** Those of exchanges under way, whether or not their requests have been sent. */
  readonly #streams = new Set<UpstreamStream>();
  #session: ClientHttp2Session | null = null;
  #streamsMax: number = limits.upstreamStreamsPerSessionMax;
  /** Streams that it has had in its life. */
  #opened = 0;
  #isReached = false;
  #isDraining = false;
  #isClosed = false;
  /** A PING is under way. */
  #isSuspect = false;
  #isBlamed = false;
  #lacksDescriptors = false;

  constructor(plane: DataPlane, pool: EndpointPool) {
    this.#plane = plane;
    this.pool = pool;
    this.scheme = pool.transport.isSecure ? 'https' : 'http';
    this.#deadline = new Deadline(plane.wheel, () => this.#expire());
    this.#socket = pool.openSocket();
    this.#socket.on('connect', () => {
      this.#isReached = true;
    });
    this.#socket.once(pool.transport.readyEvent, () => this.#connected());
    this.#socket.on('error', (error) => this.#noteShortage(error));
    this.#socket.on('close', () => this.#lost(this.#lossOf()));
    this.#deadline.set(limits.connectTimeoutMs);
  }

  get isConnected(): boolean {
    return this.#session !== null;
  }

  /** It takes another stream. */
  get hasRoom(): boolean {
    if (this.#isDraining || this.#isClosed || this.#streams.size >= this.#streamsMax) return false;
    return this.#session === null || !(this.#session.closed || this.#session.destroyed);
  }

  add(): UpstreamStream {
    const stream = new UpstreamStream(this.#plane, this);
    this.#streams.add(stream);
    if (this.isConnected && !this.#isSuspect) this.#deadline.clear();
    return stream;
  }

  /** Opens a stream; null if Node opens no more of them. */
  request({ list, hasBody }: RequestFields): ClientHttp2Stream | null {
    const session = this.#session;
    if (session === null || session.closed || session.destroyed) return null;
    this.#opened += 1;
    if (this.#opened === limits.upstreamStreamsPerLifeMax) this.#isDraining = true;
    return session.request(list, { endStream: !hasBody });
  }

  /** The exchange of a stream is over. */
  forget(stream: UpstreamStream): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0 || this.#isClosed || !this.isConnected) return;
    if (this.#isDraining || !this.pool.isListed) this.#lost('closed');
    else if (!this.#isSuspect) this.#deadline.set(limits.upstreamIdleTimeoutMs);
  }

  /**
   * Some stream was silent for too long: is anybody there? Asked at no other time, since servers of
   * gRPC end connections that ping them often.
   */
  suspect(): void {
    const session = this.#session;
    if (session === null || this.#isSuspect || this.#isClosed || session.destroyed) return;
    this.#isSuspect = session.ping((error) => {
      this.#isSuspect = false;
      if (error !== null || this.#isClosed) return;
      if (this.#streams.size === 0) this.#deadline.set(limits.upstreamIdleTimeoutMs);
      else this.#deadline.clear();
    });
    if (this.#isSuspect) this.#deadline.set(limits.upstreamPingTimeoutMs);
  }

  /**
   * What a stream met speaks against the endpoint: once if the whole session is lost, and not at
   * all if the endpoint had said that it would leave.
   */
  blame(): void {
    const isLost = this.#session?.destroyed ?? true;
    if (isLost && (this.#isBlamed || this.#isDraining || this.#lacksDescriptors)) return;
    this.#isBlamed ||= isLost;
    this.pool.recordFailure();
  }

  closeIfIdle(): void {
    if (this.#streams.size === 0) this.#lost('closed');
  }

  #connected(): void {
    if (this.#isClosed) return;
    const isAgreed =
      !this.pool.transport.isSecure || (this.#socket as TLSSocket).alpnProtocol === 'h2';
    if (!isAgreed) {
      this.#lost('handshake');
      return;
    }
    this.#session = this.#begin();
    this.pool.connected();
    this.#plane.counters.increment('upstreamConnects');
    this.#deadline.clear();
    // A request that fails here may take others with it.
    for (const stream of [...this.#streams]) stream.connected();
    if (this.#streams.size === 0) this.#deadline.set(limits.upstreamIdleTimeoutMs);
  }

  #begin(): ClientHttp2Session {
    const session = connect(`${this.scheme}://endpoint`, {
      createConnection: () => this.#socket,
      settings: SETTINGS,
      maxHeaderListPairs: limits.headFieldsMax,
      maxSendHeaderBlockLength: limits.headBytesMax * 2,
      peerMaxConcurrentStreams: limits.upstreamStreamsPerSessionMax,
      ...REPEATABLE_FIELDS,
    });
    session.setLocalWindowSize(limits.upstreamSessionWindowBytes);
    session.on('remoteSettings', ({ maxConcurrentStreams }) => {
      const theirs = maxConcurrentStreams ?? limits.upstreamStreamsPerSessionMax;
      this.#streamsMax = Math.min(theirs, limits.upstreamStreamsPerSessionMax);
    });
    session.on('goaway', () => {
      this.#isDraining = true;
      this.closeIfIdle();
    });
    session.on('error', () => {});
    session.on('close', () => this.#lost('closed'));
    return session;
  }

  #lossOf(): UpstreamFailure {
    if (this.isConnected) return 'closed';
    return this.#isReached && this.pool.transport.isSecure ? 'handshake' : 'connect';
  }

  #expire(): void {
    if (!this.isConnected) this.#lost('connectTimeout');
    else this.#lost('timeout');
  }

  /** It is of no more use: whoever waits for it is told, once, and goes elsewhere. */
  #lost(failure: UpstreamFailure): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#deadline.drop();
    this.pool.forgetSession(this);
    if (this.#streams.size > 0) this.blame();
    for (const stream of [...this.#streams]) stream.fail(failure);
    if (this.#session === null) this.#socket.destroy();
    else this.#session.destroy(undefined, constants.NGHTTP2_NO_ERROR);
  }

  #noteShortage({ code }: NodeJS.ErrnoException): void {
    if (this.#isReached || !isShortage(code)) return;
    this.#lacksDescriptors = true;
    this.#plane.counters.increment('descriptorShortages');
    this.#plane.pools.closeIdle();
  }
}
