// One connection of a client to a port for TLS, until its handshake is done: the preface of a
// trusted proxy, the client's first message, its turn among the others, the handshake. Then it is
// handed on as what the client wants to speak.

import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { limits } from '#base/limits.ts';
import type { ClientIdentity } from '../client-identity.ts';
import type { DataPlane } from '../data-plane.ts';
import { DownstreamConnection } from '../http1/downstream-connection.ts';
import { DownstreamSession } from '../http2/downstream-session.ts';
import type { Accepted, ClientConnection } from '../listener.ts';
import { type Client, clientAt } from '../phases/forwarding-fields.ts';
import { readProxyPreface } from '../proxy-protocol.ts';
import { Deadline } from '../timer-wheel.ts';
import { isWholeClientHello } from './client-hello.ts';
import type { Handshake } from './handshake-queue.ts';
import { Passthrough } from './passthrough.ts';
import { type ClientHello, readClientHello } from './read-client-hello.ts';

const NO_BYTES: Buffer = Buffer.alloc(0);
const NO_HELLO: ClientHello = { serverName: '', ticketKeys: [] };

export class TlsConnection implements ClientConnection, Handshake {
  readonly countedClient: string;
  readonly #plane: DataPlane;
  readonly #accepted: Accepted;
  readonly #socket: Socket;
  readonly #deadline: Deadline;
  #client: Client;
  #awaitsPreface: boolean;
  #first: Buffer = NO_BYTES;
  /** The client has sent something, so a handshake that comes to nothing has failed. */
  #hasSpoken = false;
  /** Between `enter` and `leave` of the queue. */
  #isQueued = false;
  /** Null until the handshake is done. */
  #connection: ClientConnection | null = null;

  constructor(plane: DataPlane, accepted: Accepted, countedClient: string) {
    this.#plane = plane;
    this.#accepted = accepted;
    this.#socket = accepted.socket;
    this.#client = accepted.client;
    this.countedClient = countedClient;
    this.#awaitsPreface = plane.takesPrefaces && accepted.client.isTrusted;
    this.#deadline = new Deadline(plane.wheel, () => this.#socket.destroy());
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.#gone());
    this.#deadline.set(limits.handshakeTimeoutMs);
    this.#isQueued = plane.handshakes.enter(this);
    if (!this.#isQueued) {
      plane.counters.increment('tlsHandshakesOverLimit');
      this.#socket.destroy();
      return;
    }
    this.#socket.on('data', this.#receive);
    this.#socket.on('end', this.#ended);
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
    if (this.#awaitsPreface && !this.#readPreface()) return;
    if (!isWholeClientHello(this.#first)) return;
    this.#socket.pause();
    this.#socket.off('data', this.#receive);
    this.#socket.off('end', this.#ended);
    this.#plane.handshakes.wait(this);
  };

  readonly #ended = (): void => {
    this.#socket.destroy();
  };

  /** A trusted peer says for whom it speaks, in clear. False while it has not said all. */
  #readPreface(): boolean {
    const preface = readProxyPreface(this.#first);
    if (preface === 'more') return false;
    if (preface === 'malformed') {
      this.#plane.counters.increment('requestsRefused');
      this.#socket.destroy();
      return false;
    }
    this.#awaitsPreface = false;
    this.#first = this.#first.subarray(preface.size);
    const { trusted } = this.#plane;
    const { source } = preface;
    if (source !== null) this.#client = clientAt({ ...source, scheme: 'https' }, trusted);
    return true;
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
    if (upstream !== null) {
      this.#handOn(new Passthrough(this.#plane, { socket, first, upstream }));
      return;
    }
    socket.unshift(first);
    const rules = admission?.clientRules ?? null;
    const secured = (tls: TLSSocket, identity: ClientIdentity): void =>
      this.#secured(tls, identity);
    this.#plane.tls.secure(socket, { ...hello, rules }, secured);
  }

  #secured(socket: TLSSocket, identity: ClientIdentity): void {
    const accepted: Accepted = { socket, client: { ...this.#client, identity }, closed: () => {} };
    const isHttp2 = socket.alpnProtocol === 'h2';
    this.#handOn(
      isHttp2
        ? new DownstreamSession(this.#plane, accepted)
        : new DownstreamConnection(this.#plane, accepted),
    );
  }

  #handOn(connection: ClientConnection): void {
    this.#leaveQueue();
    this.#deadline.drop();
    this.#connection = connection;
    if (this.#plane.isDraining) connection.drain();
  }

  #leaveQueue(): void {
    if (this.#isQueued) this.#plane.handshakes.leave(this);
    this.#isQueued = false;
  }

  #gone(): void {
    const hasFailed = this.#connection === null && this.#hasSpoken;
    if (hasFailed) this.#plane.counters.increment('tlsHandshakeFailures');
    this.#leaveQueue();
    this.#deadline.drop();
    this.#accepted.closed(this);
  }
}
