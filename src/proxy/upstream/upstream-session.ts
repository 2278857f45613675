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
import { tlsFailure } from './tls-failure.ts';
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
  /** As many as the endpoint took last, until it says how many it takes. */
  #streamsMax: number;
  /** Streams that it has had in its life. */
  #opened = 0;
  #isReached = false;
  #isDraining = false;
  #isClosed = false;
  /** A PING is under way. */
  #isSuspect = false;
  #isBlamed = false;
  #lacksDescriptors = false;
  /** Both sides have said what they speak: requests may be sent. */
  #isReady = false;

  constructor(plane: DataPlane, pool: EndpointPool) {
    this.#plane = plane;
    this.pool = pool;
    this.#streamsMax = pool.streamsMax;
    this.scheme = pool.transport.isSecure ? 'https' : 'http';
    this.#deadline = new Deadline(plane.wheel, () => this.#expire());
    this.#socket = pool.openSocket();
    this.#socket.on('connect', () => {
      this.#isReached = true;
    });
    this.#socket.once(pool.transport.readyEvent, () => this.#connected());
    this.#socket.on('error', (error) => this.#noteError(error));
    this.#socket.on('close', () => this.#lost(this.#lossOf()));
    this.#deadline.set(limits.connectTimeoutMs);
  }

  get isConnected(): boolean {
    return this.#isReady;
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
      this.#lost('notHttp2');
      return;
    }
    this.#session = this.#begin();
  }

  /**
   * How many streams the endpoint takes is the first that it says (RFC 9113 3.4): to wait for it
   * costs one way, and whoever waits beyond that goes elsewhere without having been refused.
   */
  #settled(streamsMax: number): void {
    this.#streamsMax = Math.min(streamsMax, limits.upstreamStreamsPerSessionMax);
    this.pool.streamsMax = Math.max(1, this.#streamsMax);
    if (this.#isReady || this.#isClosed) return;
    this.#isReady = true;
    this.pool.connected();
    this.#plane.counters.increment('upstreamConnects');
    this.#deadline.clear();
    // A request that fails here may take others with it.
    const streams = [...this.#streams];
    for (const stream of streams.slice(this.#streamsMax)) stream.fail('refused');
    for (const stream of streams.slice(0, this.#streamsMax)) stream.connected();
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
    session.on('remoteSettings', ({ maxConcurrentStreams }) =>
      this.#settled(maxConcurrentStreams ?? limits.upstreamStreamsPerSessionMax),
    );
    session.on('goaway', () => {
      this.#isDraining = true;
      this.closeIfIdle();
    });
    session.on('error', (error) => this.#noteError(error));
    session.on('close', () => this.#lost(this.#lossOf()));
    return session;
  }

  #lossOf(): UpstreamFailure {
    if (this.#session !== null) return this.#isReady ? 'closed' : 'notHttp2';
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

  #noteError({ code }: NodeJS.ErrnoException): void {
    const failure = tlsFailure(code, this.#isReady);
    // Node does not close a connection of TLS 1.3 whose handshake the server finds wanting later.
    if (failure !== null) this.#lost(failure);
    if (this.#isReached || !isShortage(code)) return;
    this.#lacksDescriptors = true;
    this.#plane.counters.increment('descriptorShortages');
    this.#plane.pools.closeIdle();
  }
}
