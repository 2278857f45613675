// The listeners of one worker. Each worker opens its own on the same addresses and the kernel
// spreads connections over them (SO_REUSEPORT). Owns accepted connections until they are gone.

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { limits } from '#base/limits.ts';
import type { ProxyAddress } from '#protocol/messages.ts';
import type { CounterName } from '#protocol/worker-counters.ts';
import { AnnouncedConnection } from './announced-connection.ts';
import { ClientCounts, clientOf } from './client-counts.ts';
import { closeWhenDry } from './close-when-dry.ts';
import type { DataPlane } from './data-plane.ts';
import { DownstreamConnection } from './http1/downstream-connection.ts';
import { type Client, clientAt } from './phases/forwarding-fields.ts';
import { PriorKnowledge } from './prior-knowledge.ts';
import { TlsConnection } from './tls/tls-connection.ts';

/** A client's connection, whatever it speaks. */
export interface ClientConnection {
  /** The process is leaving: it ends as soon as nothing is broken by that. */
  drain(): void;
}

/** A connection as its listener hands it on. */
export interface Accepted {
  readonly socket: Socket;
  /** The peer, before it says for whom it speaks. */
  readonly client: Client;
  /** Told once, when the connection is gone. */
  readonly closed: (connection: ClientConnection) => void;
}

export class Listener {
  readonly #plane: DataPlane;
  readonly #servers: Server[] = [];
  /** With the client that each one counts for; empty for a trusted proxy, which is none. */
  readonly #connections = new Map<ClientConnection, string>();
  readonly #clients = new ClientCounts();
  readonly #emptied = Promise.withResolvers<void>();
  #isClosed = false;

  constructor(plane: DataPlane) {
    this.#plane = plane;
  }

  /**
   * Accepts on `address`; resolves with the real port. Rejects with Node's error, such as
   * EADDRINUSE.
   */
  listen({ host, port, tls }: ProxyAddress): Promise<ProxyAddress> {
    let localPort = port;
    const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) =>
      this.#accept(socket, { localPort, scheme: tls ? 'https' : 'http' }),
    );
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, reusePort: true, backlog: limits.acceptBacklog }, () => {
        server.off('error', reject);
        // An error after this is one of accept: the listener stays open. Without descriptors Node
        // takes a connection with one that it keeps in reserve, and closes it.
        server.on('error', () => {});
        localPort = (server.address() as AddressInfo).port;
        if (tls) this.#plane.httpsPort = localPort;
        resolve({ host, port: localPort, tls });
      });
    });
  }

  /** What is past a limit is closed at once, and no queue grows. */
  #accept(socket: Socket, { localPort, scheme }: Pick<Client, 'localPort' | 'scheme'>): void {
    const address = socket.remoteAddress;
    if (address === undefined) {
      // The client has reset it, perhaps after a request: nobody could say whose that is.
      socket.destroy();
      return;
    }
    const client = clientAt({ address, localPort, scheme }, this.#plane.trusted);
    const counted = client.isTrusted ? '' : clientOf(client.address);
    const refusal = this.#refusal(counted);
    if (refusal !== null) {
      this.#plane.counters.increment(refusal);
      socket.destroy();
      return;
    }
    this.#plane.counters.increment('downstreamConnections');
    const accepted = { socket, client, closed: this.#forget };
    const isAnnounced = client.isTrusted && this.#plane.takesPrefaces;
    const connection = isAnnounced
      ? new AnnouncedConnection(this.#plane, accepted, (next) => this.#connect(next))
      : this.#connect(accepted);
    this.#connections.set(connection, counted);
    if (this.#plane.isDraining) connection.drain();
  }

  #connect(accepted: Accepted): ClientConnection {
    const plane = this.#plane;
    if (accepted.client.scheme === 'https') return new TlsConnection(plane, accepted);
    if (plane.takesHttp2) return new PriorKnowledge(plane, accepted);
    return new DownstreamConnection(plane, accepted);
  }

  /** The counter of the limit that keeps this client out; null if none does: then it is in. */
  #refusal(client: string): CounterName | null {
    if (this.#plane.overload.isOverloaded) return 'connectionsShed';
    if (this.#connections.size >= this.#plane.connectionsMax) return 'connectionsOverTotalLimit';
    if (client === '' || this.#clients.enter(client)) return null;
    return 'connectionsOverClientLimit';
  }

  /**
   * Takes the connections that the kernel has queued and then no more, lets what runs finish, and
   * resolves when the last one is gone. The data plane knows that it is left.
   */
  async drain(): Promise<void> {
    for (const connection of this.#connections.keys()) connection.drain();
    await Promise.all(this.#servers.map(closeWhenDry));
    this.#isClosed = true;
    this.#resolveIfEmpty();
    await this.#emptied.promise;
  }

  readonly #forget = (connection: ClientConnection): void => {
    this.#clients.leave(this.#connections.get(connection) ?? '');
    this.#connections.delete(connection);
    this.#plane.counters.increment('downstreamConnectionsClosed');
    this.#resolveIfEmpty();
  };

  #resolveIfEmpty(): void {
    if (this.#isClosed && this.#connections.size === 0) this.#emptied.resolve();
  }
}
