// One connection of a client to a port for TLS, until its handshake is done: the client's first
// message, its turn among the others, the handshake. Then it is handed on as what the client wants
// to speak, and all that is looked at is whether what it sends has a use.

import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { limits } from '#base/limits.ts';
import { refusedLine } from '../access-entry.ts';
import { clientOf } from '../client-counts.ts';
import type { ClientIdentity } from '../client-identity.ts';
import type { DataPlane } from '../data-plane.ts';
import { DownstreamConnection } from '../http1/downstream-connection.ts';
import { refusals } from '../http1/refusal.ts';
import { DownstreamSession } from '../http2/downstream-session.ts';
import type { Accepted, ClientConnection } from '../listener.ts';
import { localReply } from '../phases/local-reply.ts';
import { Deadline } from '../timer-wheel.ts';
import { isWholeClientHello } from './client-hello.ts';
import type { Handshake } from './handshake-queue.ts';
import { Passthrough } from './passthrough.ts';
import { type ClientHello, readClientHello } from './read-client-hello.ts';

const NO_BYTES: Buffer = Buffer.alloc(0);
/** With this byte every hello begins, but that of SSL 2, which nobody may speak (RFC 6176). */
const HANDSHAKE_RECORD = 22;
/** With one of these a request in clear does. */
const LETTER = /^[A-Z]/;
const NO_HELLO: ClientHello = { serverName: '', ticketKeys: [] };

export class TlsConnection implements ClientConnection, Handshake {
  readonly countedClient: string;
  readonly #plane: DataPlane;
  readonly #accepted: Accepted;
  readonly #socket: Socket;
  readonly #deadline: Deadline;
  #first: Buffer = NO_BYTES;
  /** The client has sent something, so a handshake that comes to nothing has failed. */
  #hasSpoken = false;
  /** Others had more need of its place, which is counted as such and not as a failure. */
  #hasGivenUp = false;
  /** Null until the handshake is done. */
  #connection: ClientConnection | null = null;
  /** What is in the connection; null if that is not known. */
  #inside: TLSSocket | null = null;
  /** What the client has sent until its handshake was done. */
  #handshakeBytes = 0;

  constructor(plane: DataPlane, accepted: Accepted) {
    const { client } = accepted;
    this.#plane = plane;
    this.#accepted = accepted;
    this.#socket = accepted.socket;
    this.countedClient = client.isTrusted ? '' : clientOf(client.address);
    this.#deadline = new Deadline(plane.wheel, () => this.#expire());
    this.#socket.on('data', this.#receive);
    this.#socket.on('end', this.#ended);
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.#gone());
    this.#deadline.set(limits.handshakeTimeoutMs);
    plane.handshakes.arrive(this);
  }

  /** The process is leaving: who has not begun to speak has a while for it. */
  drain(): void {
    const { idleMs } = this.#plane;
    if (this.#connection !== null) this.#connection.drain();
    else if (this.#hasSpoken) return;
    else if (idleMs === 0) this.#socket.destroy();
    else this.#deadline.set(idleMs);
  }

  readonly #receive = (bytes: Buffer): void => {
    this.#hasSpoken = true;
    this.#first = this.#first.length === 0 ? bytes : Buffer.concat([this.#first, bytes]);
    if (!isWholeClientHello(this.#first)) return;
    this.#socket.pause();
    this.#socket.off('data', this.#receive);
    this.#socket.off('end', this.#ended);
    if (this.#first[0] === HANDSHAKE_RECORD) this.#plane.handshakes.enter(this);
    else if (LETTER.test(this.#first.toString('latin1', 0, 1))) this.#refuseClear();
    else this.#socket.destroy();
  };

  readonly #ended = (): void => {
    this.#socket.destroy();
  };

  /** A person may be behind it that has typed the wrong scheme, and is told, as nginx does. */
  #refuseClear(): void {
    const { accessLog, date } = this.#plane;
    const refusal = refusals.clear;
    const answer = { ...refusal, isHead: false, connection: 'Connection: close\r\n', date };
    accessLog?.add(refusedLine(this.#accepted.client, refusal));
    this.#deadline.set(limits.lingerTimeoutMs);
    this.#socket.end(localReply(answer), 'latin1');
    this.#socket.resume();
  }

  giveUp(): void {
    this.#plane.counters.increment('tlsHandshakesOverLimit');
    this.#hasGivenUp = true;
    this.#socket.destroy();
  }

  begin(): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    const hello = readClientHello(this.#first) ?? NO_HELLO;
    const first = this.#first;
    this.#first = NO_BYTES;
    this.#plane.adopt();
    const admission = this.#plane.routes.admissionOf(hello.serverName);
    const upstream = admission?.upstream ?? null;
    if (admission !== null && upstream !== null) {
      const { client } = this.#accepted;
      const asked = { client, serverName: hello.serverName, upstreamName: admission.passthrough };
      this.#handOn(new Passthrough(this.#plane, { socket, first, upstream, ...asked }));
      return;
    }
    socket.unshift(first);
    const rules = admission?.clientRules ?? null;
    const secured = (tls: TLSSocket, identity: ClientIdentity): void =>
      this.#secured(tls, identity);
    this.#plane.tls.secure(socket, { ...hello, rules }, secured);
  }

  #secured(socket: TLSSocket, identity: ClientIdentity): void {
    const client = { ...this.#accepted.client, identity };
    const accepted: Accepted = { socket, client, closed: () => {} };
    const isHttp2 = socket.alpnProtocol === 'h2';
    this.#handOn(
      isHttp2
        ? new DownstreamSession(this.#plane, accepted)
        : new DownstreamConnection(this.#plane, accepted),
    );
    this.#inside = socket;
    this.#handshakeBytes = this.#socket.bytesRead;
    this.#deadline.set(limits.tlsPatrolMs);
  }

  #expire(): void {
    if (this.#inside === null || this.#isWasteful(this.#inside)) this.#socket.destroy();
    else this.#deadline.set(limits.tlsPatrolMs);
  }

  /**
   * A client may ask for other keys as often as it likes, and each time TLS answers with a message
   * (RFC 8446 4.6.3), which waits in memory for a client that does not read.
   */
  #isWasteful({ bytesRead: payload }: TLSSocket): boolean {
    const { tlsIdleBytesMax, tlsBytesPerPayloadByte } = limits;
    const sent = this.#socket.bytesRead - this.#handshakeBytes;
    return sent > tlsIdleBytesMax + tlsBytesPerPayloadByte * payload;
  }

  #handOn(connection: ClientConnection): void {
    this.#plane.handshakes.leave(this);
    this.#deadline.drop();
    this.#connection = connection;
    if (this.#plane.isDraining) connection.drain();
  }

  #gone(): void {
    const hasFailed = this.#connection === null && this.#hasSpoken && !this.#hasGivenUp;
    if (hasFailed) this.#plane.counters.increment('tlsHandshakeFailures');
    this.#plane.handshakes.leave(this);
    this.#deadline.drop();
    this.#accepted.closed(this);
  }
}
