// The connections of one worker to one endpoint: hands out the most recently used idle one, so that
// the rest may age and be closed. Knows no requests.

import { limits } from '#base/limits.ts';
import type { DataPlane } from '../data-plane.ts';
import { UpstreamConnection } from './upstream-connection.ts';

export class EndpointPool {
  readonly address: string;
  readonly port: number;
  readonly #plane: DataPlane;
  readonly #idle: UpstreamConnection[] = [];
  #open = 0;
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
    return new UpstreamConnection(this.#plane, this);
  }

  /** Takes a connection back after a complete response. */
  release(connection: UpstreamConnection): void {
    const isFull = this.#idle.length === limits.idleConnectionsPerEndpointMax;
    if (isFull || this.#listings === 0) connection.destroy();
    else this.#idle.push(connection);
  }

  /** A connection of this pool has closed, idle or not. */
  forget(connection: UpstreamConnection): void {
    this.#open -= 1;
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
