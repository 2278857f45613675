// TLS of one worker: which versions and ciphers, which server for which client, which keys for
// session tickets, who a client is that was asked. It makes TLS sockets of plain ones; what goes
// through them it does not know.

import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import type { SecureVersion, Server, TLSSocket } from 'node:tls';
import { limits } from '#base/limits.ts';
import type { WorkerCounters } from '#protocol/worker-counters.ts';
import type { ServerNameView } from '#snapshot/server-name-view.ts';
import { absentIdentity, type ClientIdentity, UNASKED } from '../client-identity.ts';
import type { ClientRules } from '../phases/admit.ts';
import { judgeClient } from './judge-client.ts';
import type { ClientHello } from './read-client-hello.ts';
import { TicketKeys } from './ticket-keys.ts';
import { type ServerWish, TlsServers } from './tls-servers.ts';

export interface TerminatorOptions {
  readonly view: ServerNameView;
  readonly counters: WorkerCounters;
  readonly minVersion: SecureVersion;
}

/** What a client asks for, and by which rules it is judged; null if it need not show anything. */
export interface Asked extends ClientHello {
  readonly rules: ClientRules | null;
}

/** Takes over a connection whose handshake has succeeded. */
export type Secured = (socket: TLSSocket, identity: ClientIdentity) => void;

/** Forward secrecy and authenticated encryption only (RFC 9325 4.2); all of TLS 1.3 has both. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

const PROTOCOLS = ['h2', 'http/1.1'];

export class Terminator {
  readonly #options: TerminatorOptions;
  readonly #servers: TlsServers;
  readonly #ticketKeys = new TicketKeys();
  /** Those that wait for the end of their handshake, by the two ends of their connection. */
  readonly #waiting = new Map<string, (socket: TLSSocket) => void>();

  constructor(options: TerminatorOptions) {
    this.#options = options;
    const { view, minVersion } = options;
    const common = {
      ciphers: CIPHERS,
      minVersion,
      ALPNProtocols: PROTOCOLS,
      sessionTimeout: limits.tlsSessionSeconds,
      // A client of TLS 1.2 that may renegotiate makes us sign as often as it likes.
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    };
    this.#servers = new TlsServers({ view, common, made: (server) => this.#attend(server) });
  }

  /** Another snapshot is in force, or time has passed: `nowMs` is in milliseconds since 1970. */
  refresh(nowMs: number): void {
    const secret = this.#options.view.ticketSecret();
    if (secret === null) return;
    if (this.#ticketKeys.refresh(secret, nowMs)) this.#servers.keep(this.#ticketKeys.inUse);
  }

  /**
   * Begins a handshake on `socket`, whose first bytes may have been put back into it; `secured` is
   * called if it succeeds. Otherwise the socket is closed.
   */
  secure(socket: Socket, { serverName, ticketKeys, rules }: Asked, secured: Secured): void {
    // Nobody could vouch for an answer where there are no authorities, so nobody is asked.
    const asking = rules?.authorities === '' ? null : rules;
    const ticketKey = this.#ticketKeys.choose(ticketKeys);
    const server = this.#serverFor({ serverName, rules: asking, ticketKey });
    if (server === null) {
      socket.destroy();
      return;
    }
    const ends = endsOf(socket);
    this.#waiting.set(ends, (tls) => secured(tls, identityOf(tls, rules)));
    socket.once('close', () => this.#waiting.delete(ends));
    // Who ends before the handshake has no use for its rest; later it may still wait for answers.
    socket.allowHalfOpen = false;
    server.emit('connection', socket);
  }

  /** What OpenSSL refuses is answered with the default certificate. */
  #serverFor(wish: ServerWish): Server | null {
    try {
      return this.#servers.find(wish);
    } catch {
      // The words of OpenSSL may quote what it was given, so they go nowhere.
      this.#options.counters.increment('tlsCertificateFailures');
      return wish.serverName === '' ? null : this.#serverFor({ ...wish, serverName: '' });
    }
  }

  #attend(server: Server): void {
    server.on('secureConnection', (socket) => this.#secured(socket));
    server.on('tlsClientError', (_error, socket) => socket.destroy());
  }

  #secured(socket: TLSSocket): void {
    const { counters } = this.#options;
    counters.increment('tlsHandshakes');
    if (socket.isSessionReused()) counters.increment('tlsResumptions');
    const ends = endsOf(socket);
    const secured = this.#waiting.get(ends);
    this.#waiting.delete(ends);
    socket.allowHalfOpen = true;
    if (secured === undefined) socket.destroy();
    else secured(socket);
  }
}

function identityOf(socket: TLSSocket, rules: ClientRules | null): ClientIdentity {
  if (rules === null) return UNASKED;
  return rules.authorities === '' ? absentIdentity(rules.key) : judgeClient(socket, rules.key);
}

/**
 * Distinct for all connections that are open at a time, and never found again for one that its
 * client has reset: that has no remote end, and the listener takes none without.
 */
function endsOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
