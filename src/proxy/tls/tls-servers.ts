// The TLS servers of one worker, which listen nowhere: one for each set of certificates, made when
// a client first asks for it. They are kept by what they hold and not by generation, so a renewed
// certificate has another server; those not asked for longest are let go, which no connection
// notices. A server and not a context for SNICallback, of which Node uses one certificate only.

import { createServer, type Server, type TlsOptions } from 'node:tls';
import { formatKey } from '#base/hash.ts';
import { limits } from '#base/limits.ts';
import type { ServerNameView } from '#snapshot/server-name-view.ts';
import { decodeCertificate, decodeServerName } from '#snapshot/tls-records.ts';

export interface TlsServersOptions {
  readonly view: ServerNameView;
  /** What is the same for all of them. */
  readonly common: TlsOptions;
  /** Told of each one that is made. */
  readonly made: (server: Server) => void;
}

export class TlsServers {
  readonly #options: TlsServersOptions;
  /** By the keys of the certificates; the one not asked for longest comes first. */
  readonly #servers = new Map<string, Server>();
  #ticketKeys: Buffer | null = null;

  constructor(options: TlsServersOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#servers.size;
  }

  /**
   * What answers a client that asks for `serverName`, empty if it names nobody; null if nothing
   * does. Throws if OpenSSL does not take a certificate.
   */
  find(serverName: string): Server | null {
    const { view } = this.#options;
    const record = view.find(serverName);
    if (record === 0) return null;
    const { certificates } = decodeServerName(view.memory, record);
    const name = certificates.map(formatKey).join();
    const server = this.#servers.get(name) ?? this.#make(certificates);
    // The last one asked for comes last.
    this.#servers.delete(name);
    this.#servers.set(name, server);
    for (const oldest of this.#servers.keys()) {
      if (this.#servers.size <= limits.tlsServersMax) break;
      this.#servers.delete(oldest);
    }
    return server;
  }

  /** What session tickets are sealed with from here on, by all of them. */
  setTicketKeys(keys: Buffer): void {
    this.#ticketKeys = keys;
    for (const server of this.#servers.values()) server.setTicketKeys(keys);
  }

  #make(keys: readonly Uint32Array[]): Server {
    const { view, common, made } = this.#options;
    const certificates = keys.map((key) =>
      decodeCertificate(view.memory, view.findCertificate(key)),
    );
    const server = createServer({
      ...common,
      cert: certificates.map(({ chain }) => chain),
      key: certificates.map(({ privateKey }) => privateKey),
    });
    if (this.#ticketKeys !== null) server.setTicketKeys(this.#ticketKeys);
    made(server);
    return server;
  }
}
