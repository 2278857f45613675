// The listeners of one worker. Each worker opens its own on the same addresses and the kernel
// spreads connections over them (SO_REUSEPORT). Owns accepted connections until they are gone.

import { type AddressInfo, createServer, type Server } from 'node:net';
import { limits } from '#base/limits.ts';
import type { ListenAddress } from '#protocol/messages.ts';
import type { DataPlane } from './data-plane.ts';
import { DownstreamConnection } from './http1/downstream-connection.ts';

export class Listener {
  readonly #plane: DataPlane;
  readonly #servers: Server[] = [];
  readonly #connections = new Set<DownstreamConnection>();
  #emptied: (() => void) | null = null;

  constructor(plane: DataPlane) {
    this.#plane = plane;
  }

  /**
   * Accepts on `address`; resolves with the real port. Rejects with Node's error, such as
   * EADDRINUSE.
   */
  listen({ host, port }: ListenAddress): Promise<ListenAddress> {
    const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
      this.#plane.counters.increment('downstreamConnections');
      this.#connections.add(
        new DownstreamConnection(this.#plane, socket, (connection) => this.#forget(connection)),
      );
    });
    server.maxConnections = limits.downstreamConnectionsMax;
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, reusePort: true, backlog: limits.acceptBacklog }, () => {
        server.off('error', reject);
        // An error after this is one of accept (no descriptors left): the listener stays open.
        server.on('error', () => {});
        resolve({ host, port: (server.address() as AddressInfo).port });
      });
    });
  }

  /** Stops accepting, lets what runs finish, and resolves when the last connection is gone. */
  drain(): Promise<void> {
    for (const server of this.#servers) server.close();
    return new Promise((resolve) => {
      this.#emptied = resolve;
      for (const connection of this.#connections) connection.drain();
      this.#resolveIfEmpty();
    });
  }

  #forget(connection: DownstreamConnection): void {
    this.#connections.delete(connection);
    this.#plane.counters.increment('downstreamConnectionsClosed');
    this.#resolveIfEmpty();
  }

  #resolveIfEmpty(): void {
    if (this.#connections.size === 0) this.#emptied?.();
  }
}
