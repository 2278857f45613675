// The TLS servers of one worker, which listen nowhere: one for each set of certificates, rules for
// clients and ticket key, made when a client first asks for it. They are kept by what they hold and
// not by generation, so a renewed certificate has another server, and none ever changes. All
// together are bounded by the memory they take; those not asked for longest are let go, which no
// connection notices. A server and not a context for SNICallback, of which Node uses one
// certificate only.

import { createServer, type Server, type TlsOptions } from 'node:tls';
import { formatKey } from '#base/hash.ts';
import { limits } from '#base/limits.ts';
import type { ServerNameView } from '#snapshot/server-name-view.ts';
import { decodeCertificate, decodeServerName } from '#snapshot/tls-records.ts';
import type { ClientRules } from '../phases/admit.ts';
import type { TicketKey } from './ticket-keys.ts';

export interface TlsServersOptions {
  readonly view: ServerNameView;
  /** What is the same for all of them. */
  readonly common: TlsOptions;
  /** Told of each one that is made. */
  readonly made: (server: Server) => void;
}

/** What a client needs. */
export interface ServerWish {
  /** Empty if it names nobody. */
  readonly serverName: string;
  /** By which it is judged; null if it need not show anything. */
  readonly rules: ClientRules | null;
  /** Null for one that nobody else has. */
  readonly ticketKey: TicketKey | null;
}

interface Kept {
  readonly server: Server;
  readonly ticketKey: TicketKey | null;
  /** What it takes, about. */
  readonly size: number;
}

/** Sessions of any worker, node and certificate are ours. */
const SESSION_CONTEXT = 'headgate';

export class TlsServers {
  readonly #options: TlsServersOptions;
  /** By what they hold; the one not asked for longest comes first. */
  readonly #kept = new Map<string, Kept>();
  #size = 0;

  constructor(options: TlsServersOptions) {
    this.#options = options;
  }

  /** Bytes that they all take, about. */
  get size(): number {
    return this.#size;
  }

  /** What answers a client; null if nothing does. Throws if OpenSSL does not take something. */
  find(wish: ServerWish): Server | null {
    const { view } = this.#options;
    const record = view.find(wish.serverName);
    if (record === 0) return null;
    const { certificates } = decodeServerName(view.memory, record);
    const parts = [wish.rules?.key, wish.ticketKey?.name, ...certificates.map(formatKey)];
    const name = parts.join();
    const kept = this.#kept.get(name) ?? this.#make(wish, certificates);
    this.#drop(name);
    // The last one asked for comes last.
    this.#kept.set(name, kept);
    this.#size += kept.size;
    for (const oldest of this.#kept.keys()) {
      if (this.#size <= limits.tlsServersBytesMax || oldest === name) break;
      this.#drop(oldest);
    }
    return kept.server;
  }

  /** Lets go of those whose ticket key is none of these. */
  keep(ticketKeys: readonly TicketKey[]): void {
    for (const [name, { ticketKey }] of this.#kept) {
      if (ticketKey === null || !ticketKeys.includes(ticketKey)) this.#drop(name);
    }
  }

  #drop(name: string): void {
    this.#size -= this.#kept.get(name)?.size ?? 0;
    this.#kept.delete(name);
  }

  #make({ rules, ticketKey }: ServerWish, keys: readonly Uint32Array[]): Kept {
    const { view, common, made } = this.#options;
    const certificates = keys.map((key) =>
      decodeCertificate(view.memory, view.findCertificate(key)),
    );
    const chains = certificates.map(({ chain }) => chain);
    const server = createServer({
      ...common,
      cert: chains,
      key: certificates.map(({ privateKey }) => privateKey),
      ...(ticketKey === null ? {} : { ticketKeys: ticketKey.bytes }),
      ...optionsOf(rules),
    });
    made(server);
    return { server, ticketKey, size: sizeOf([...chains, rules?.authorities ?? '']) };
  }
}

function optionsOf(rules: ClientRules | null): TlsOptions {
  if (rules === null) return { sessionIdContext: SESSION_CONTEXT };
  const { key, authorities } = rules;
  // A session tells what rules have found of a client, and holds under them alone.
  return { sessionIdContext: key, requestCert: true, rejectUnauthorized: false, ca: authorities };
}

/** Of a server with these certificates in PEM. */
function sizeOf(texts: readonly string[]): number {
  const pemBytes = texts.reduce((sum, text) => sum + text.length, 0);
  return limits.tlsServerBytes + limits.tlsServerBytesPerPemByte * pemBytes;
}
