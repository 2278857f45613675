// A connection from a trusted proxy, which says for whom it opened it before anything else, in
// clear. Reads that preface and hands the socket on as that client's, with every byte behind it;
// knows nothing of what the client speaks.

import type { Socket } from 'node:net';
import { limits } from '#base/limits.ts';
import { refusedLine } from './access-entry.ts';
import type { DataPlane } from './data-plane.ts';
import { refusals } from './http1/refusal.ts';
import type { Accepted, ClientConnection } from './listener.ts';
import { clientAt } from './phases/forwarding-fields.ts';
import { readProxyPreface } from './proxy-protocol.ts';
import { Deadline } from './timer-wheel.ts';

export class AnnouncedConnection implements ClientConnection {
  readonly #plane: DataPlane;
  readonly #accepted: Accepted;
  readonly #next: (accepted: Accepted) => ClientConnection;
  readonly #socket: Socket;
  readonly #deadline: Deadline;
  #first = Buffer.alloc(0);
  /** Null until the preface has been read. */
  #connection: ClientConnection | null = null;

  /** `next` takes over the connection of the client that is announced. */
  constructor(
    plane: DataPlane,
    accepted: Accepted,
    next: (accepted: Accepted) => ClientConnection,
  ) {
    this.#plane = plane;
    this.#accepted = accepted;
    this.#next = next;
    this.#socket = accepted.socket;
    this.#deadline = new Deadline(plane.wheel, () => this.#expire());
    this.#socket.on('data', this.#receive);
    this.#socket.on('end', this.#ended);
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.#gone());
    this.#deadline.set(limits.headTimeoutMs);
  }

  /** Who has begun may finish, who has not has a while for it. */
  drain(): void {
    const { idleMs } = this.#plane;
    if (this.#connection !== null) this.#connection.drain();
    else if (this.#first.length > 0) return;
    else if (idleMs === 0) this.#socket.destroy();
    else this.#deadline.set(idleMs);
  }

  readonly #receive = (bytes: Buffer): void => {
    this.#first = Buffer.concat([this.#first, bytes]);
    const preface = readProxyPreface(this.#first);
    if (preface === 'more') return;
    if (preface === 'malformed') {
      this.#refuse();
      return;
    }
    const { client } = this.#accepted;
    const { scheme } = client;
    const { source, size } = preface;
    const announced =
      source === null ? client : clientAt({ ...source, scheme }, this.#plane.trusted);
    this.#handOn({ ...this.#accepted, client: announced, closed: () => {} }, size);
  };

  readonly #ended = (): void => {
    this.#socket.destroy();
  };

  #handOn(accepted: Accepted, prefaceSize: number): void {
    const socket = this.#socket;
    this.#deadline.drop();
    socket.pause();
    socket.off('data', this.#receive);
    socket.off('end', this.#ended);
    const rest = this.#first.subarray(prefaceSize);
    if (rest.length > 0) socket.unshift(rest);
    this.#connection = this.#next(accepted);
    socket.resume();
    if (this.#plane.isDraining) this.#connection.drain();
  }

  #expire(): void {
    if (this.#first.length > 0) this.#refuse();
    else this.#socket.destroy();
  }

  /** Nobody knows what a peer speaks that does not keep to the agreement: it gets no answer. */
  #refuse(): void {
    this.#plane.counters.increment('requestsRefused');
    this.#plane.accessLog?.add(refusedLine(this.#accepted.client, refusals.preface));
    this.#socket.destroy();
  }

  #gone(): void {
    this.#deadline.drop();
    this.#accepted.closed(this);
  }
}
