// TLS of one worker: which versions and ciphers, which certificate for which client, which keys for
// session tickets. It makes TLS sockets of plain ones; what goes through them it does not know.

import type { Socket } from 'node:net';
import type { SecureVersion, Server, TLSSocket } from 'node:tls';
import { limits } from '#base/limits.ts';
import type { WorkerCounters } from '#protocol/worker-counters.ts';
import type { ServerNameView } from '#snapshot/server-name-view.ts';
import type { ClientRules } from '../phases/admit.ts';
import { ticketKeys, ticketPeriod } from './ticket-keys.ts';
import { TlsServers } from './tls-servers.ts';

export interface TerminatorOptions {
  readonly view: ServerNameView;
  readonly counters: WorkerCounters;
  readonly minVersion: SecureVersion;
  /** By which clients are judged that show a certificate; null if none is asked for. */
  readonly rules: ClientRules | null;
}

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
/** Sessions of any worker, node and certificate are ours. */
const SESSION_CONTEXT = 'headgate';

export class Terminator {
  readonly servers: TlsServers;
  readonly #options: TerminatorOptions;
  /** Those that wait for the end of their handshake, by the two ends of their connection. */
  readonly #waiting = new Map<string, (socket: TLSSocket) => void>();
  /** The secret and the period that the ticket keys in use belong to. */
  #ticketKeysName = '';

  constructor(options: TerminatorOptions) {
    this.#options = options;
    const { view, minVersion, rules } = options;
    const common = {
      ciphers: CIPHERS,
      minVersion,
      ALPNProtocols: PROTOCOLS,
      // A session tells what rules have found of a client, and holds under them alone.
      sessionIdContext: rules?.key ?? SESSION_CONTEXT,
      sessionTimeout: limits.tlsSessionSeconds,
      ...(rules === null ? {} : { requestCert: true, rejectUnauthorized: false }),
      ...(rules === null ? {} : { ca: rules.authorities }),
    };
    this.servers = new TlsServers({ view, common, made: (server) => this.#attend(server) });
  }

  /** Another snapshot is in force, or time has passed: `nowMs` is in milliseconds since 1970. */
  refresh(nowMs: number): void {
    const secret = this.#options.view.ticketSecret();
    if (secret === null) return;
    const period = ticketPeriod(nowMs);
    const name = `${Buffer.from(secret).toString('hex')} ${period}`;
    if (name === this.#ticketKeysName) return;
    this.#ticketKeysName = name;
    this.servers.setTicketKeys(ticketKeys(secret, period));
  }

  /**
   * Begins a handshake on `socket`, whose first bytes may have been put back into it; `secured` is
   * called if it succeeds. Otherwise the socket is closed.
   */
  secure(socket: Socket, serverName: string, secured: (socket: TLSSocket) => void): void {
    const server = this.#serverFor(serverName);
    if (server === null) {
      socket.destroy();
      return;
    }
    const ends = endsOf(socket);
    this.#waiting.set(ends, secured);
    socket.once('close', () => this.#waiting.delete(ends));
    // Who ends before the handshake has no use for its rest; later it may still wait for answers.
    socket.allowHalfOpen = false;
    server.emit('connection', socket);
  }

  /** What OpenSSL refuses is answered with the default certificate. */
  #serverFor(serverName: string): Server | null {
    try {
      return this.servers.find(serverName);
    } catch {
      // The words of OpenSSL may quote what it was given, so they go nowhere.
      this.#options.counters.increment('tlsCertificateFailures');
      return serverName === '' ? null : this.#serverFor('');
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

/** Distinct for all connections that are open at a time. */
function endsOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
