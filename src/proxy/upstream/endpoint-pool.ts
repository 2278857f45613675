// The connections of one worker to one endpoint: hands out the most recently used idle one, so that
// the rest may age and be closed, and tells all workers how the endpoint does. Knows no requests.

import { limits } from '#base/limits.ts';
import { endpointKey } from '#protocol/endpoint-health.ts';
import type { DataPlane } from '../data-plane.ts';
import { UpstreamConnection } from './upstream-connection.ts';

export class EndpointPool {
  readonly address: string;
  readonly port: number;
  readonly #plane: DataPlane;
  readonly #idle: UpstreamConnection[] = [];
  #open = 0;
  #connecting = 0;
  /** Made when somebody asks: most endpoints never fail. */
  #key: Uint32Array | null = null;
  /** Failures stand against it, so that successes have to be told. */
  isSuspect = false;
  /** How many upstreams list the endpoint. */
  #listings = 0;

  constructor(plane: DataPlane, address: string, port: number) {
    this.#plane = plane;
    this.address = address;
    this.port = port;
  }

  /** An idle connection, or null: then `connect`. */
  take(): UpstreamConnection | null {
    return this.#idle.pop() ?? null;
  }

  connect(): UpstreamConnection {
    this.#open += 1;
    this.#connecting += 1;
    return new UpstreamConnection(this.#plane, this);
  }

  /** Takes a connection back after a complete response. */
  release(connection: UpstreamConnection): void {
    const isFull = this.#idle.length === limits.idleConnectionsPerEndpointMax;
    if (isFull || this.#listings === 0) connection.destroy();
    else this.#idle.push(connection);
  }

  /** So many connections are being opened that another one would only wait behind them. */
  get isCrowded(): boolean {
    return this.#connecting >= limits.connectingPerEndpointMax;
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
    this.#key ??= endpointKey(this.address, this.port);
    return this.#key;
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
  }
}
