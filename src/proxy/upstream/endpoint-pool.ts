// The connections of one worker to one endpoint: hands out the most recently used idle one, so that
// the rest may age and be closed, and tells all workers how the endpoint does. Knows no requests.

import type { OnReadOpts, Socket } from 'node:net';
import { limits } from '#base/limits.ts';
import { endpointKey } from '#protocol/endpoint-health.ts';
import type { DataPlane } from '../data-plane.ts';
import { SessionPool } from './session-pool.ts';
import type { Transport } from './transport.ts';
import { UpstreamConnection } from './upstream-connection.ts';
import type { UpstreamLink } from './upstream-link.ts';
import { UpstreamSession } from './upstream-session.ts';

export class EndpointPool {
  readonly address: string;
  readonly port: number;
  readonly transport: Transport;
  readonly #plane: DataPlane;
  readonly #idle: UpstreamConnection[] = [];
  /** Null where HTTP/1.1 is spoken. */
  readonly #sessions: SessionPool | null;
  /** Streams that a session had when the endpoint said so last. */
  streamsMax: number = limits.upstreamStreamsPerSessionMax;
  /** The latest that the endpoint gave out: the next handshake is shorter. */
  #tlsSession: Buffer | null = null;
  #open = 0;
  #connecting = 0;
  /** Made when somebody asks: most endpoints never fail. */
  #key: Uint32Array | null = null;
  /** Failures stand against it, so that successes have to be told. */
  isSuspect = false;
  /** How many upstreams list the endpoint. */
  #listings = 0;

  constructor(plane: DataPlane, address: string, port: number, transport: Transport) {
    this.#plane = plane;
    this.address = address;
    this.port = port;
    this.transport = transport;
    const open = (): UpstreamSession => new UpstreamSession(plane, this);
    this.#sessions = transport.isHttp2 ? new SessionPool(open) : null;
  }

  /**
   * An idle connection, or null: then `connect`. A retry takes none, since the next one may be
   * about to close like the last; a session says so before.
   */
  take(isRetry: boolean): UpstreamLink | null {
    if (this.#sessions !== null) return this.#sessions.take();
    return isRetry ? null : (this.#idle.pop() ?? null);
  }

  connect(): UpstreamLink {
    this.#open += 1;
    this.#connecting += 1;
    if (this.#sessions !== null) return this.#sessions.connect();
    return new UpstreamConnection(this.#plane, this);
  }

  /** A socket that is connecting to the endpoint. */
  openSocket(onread?: OnReadOpts): Socket {
    const { address, port, transport } = this;
    const parts = { address, port, tlsSession: this.#tlsSession };
    const socket = transport.open(onread === undefined ? parts : { ...parts, onread });
    if (transport.isSecure) {
      socket.on('session', (session: Buffer) => {
        this.#tlsSession = session;
      });
    }
    return socket;
  }

  /** Takes a connection back after a complete response. */
  release(connection: UpstreamConnection): void {
    const isFull = this.#idle.length === limits.idleConnectionsPerEndpointMax;
    if (isFull || !this.isListed) connection.destroy();
    else this.#idle.push(connection);
  }

  /** So many connections are being opened that another one would only wait behind them. */
  get isCrowded(): boolean {
    return this.#connecting >= limits.connectingPerEndpointMax || this.#sessions?.isFull === true;
  }

  connected(): void {
    this.#connecting -= 1;
  }

  /** When the ejection of the endpoint ends; 0 if none is in force. */
  ejectedUntilMs(): number {
    const { health } = this.#plane;
    const key = this.#healthKey();
    this.isSuspect = health.shared.isSuspect(key);
    return this.isSuspect ? health.shared.ejectedUntilMs(key, health.nowMs) : 0;
  }

  recordFailure(): void {
    this.isSuspect = true;
    const isEjected = this.#plane.health.recordFailure(this.#healthKey());
    if (isEjected) this.#plane.counters.increment('endpointEjections');
  }

  /** Needed while it is suspect. */
  recordSuccess(): void {
    this.isSuspect = !this.#plane.health.recordSuccess(this.#healthKey());
  }

  #healthKey(): Uint32Array {
    this.#key ??= endpointKey(this.address, this.port, this.transport.key);
    return this.#key;
  }

  forgetSession(session: UpstreamSession): void {
    this.#open -= 1;
    if (!session.isConnected) this.#connecting -= 1;
    this.#sessions?.forget(session);
  }

  /** A connection of this pool has closed, idle or not. */
  forget(connection: UpstreamConnection): void {
    this.#open -= 1;
    if (!connection.isConnected) this.#connecting -= 1;
    const index = this.#idle.lastIndexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
  }

  list(): void {
    this.#listings += 1;
  }

  /** Some upstream lists the endpoint, so that idle connections may be needed again. */
  get isListed(): boolean {
    return this.#listings > 0;
  }

  /** One upstream lists the endpoint no more. After the last, idle connections serve nobody. */
  unlist(): void {
    this.#listings -= 1;
    if (this.#listings === 0) this.closeIdle();
  }

  /** Whether nothing needs the pool any more. */
  get isUnused(): boolean {
    return this.#open === 0 && this.#listings === 0;
  }

  closeIdle(): void {
    for (const connection of this.#idle.splice(0)) connection.destroy();
    this.#sessions?.closeIdle();
  }
}
