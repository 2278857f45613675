// A connection in clear of which nobody has said what it speaks: HTTP/2 if its first bytes are that
// protocol's preface (RFC 9113 3.3, 3.4), HTTP/1.1 otherwise. Decides once and hands the socket on,
// with every byte; knows no messages.

import type { Socket } from 'node:net';
import { limits } from '#base/limits.ts';
import type { DataPlane } from './data-plane.ts';
import { DownstreamConnection } from './http1/downstream-connection.ts';
import { DownstreamSession } from './http2/downstream-session.ts';
import { PREFACE } from './http2/frame-format.ts';
import type { Accepted, ClientConnection } from './listener.ts';
import { Deadline } from './timer-wheel.ts';

export class PriorKnowledge implements ClientConnection {
  readonly #plane: DataPlane;
  readonly #accepted: Accepted;
  readonly #socket: Socket;
  readonly #deadline: Deadline;
  #first = Buffer.alloc(0);
  /** Null until it has been decided. */
  #connection: ClientConnection | null = null;

  constructor(plane: DataPlane, accepted: Accepted) {
    this.#plane = plane;
    this.#accepted = accepted;
    this.#socket = accepted.socket;
    this.#deadline = new Deadline(plane.wheel, () => this.#socket.destroy());
    this.#socket.on('data', this.#receive);
    this.#socket.on('end', this.#ended);
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.#gone());
    this.#deadline.set(limits.headTimeoutMs);
  }

  drain(): void {
    const { idleMs } = this.#plane;
    if (this.#connection !== null) this.#connection.drain();
    else if (idleMs === 0) this.#socket.destroy();
    else this.#deadline.set(idleMs);
  }

  readonly #receive = (bytes: Buffer): void => {
    this.#first = Buffer.concat([this.#first, bytes]);
    const size = Math.min(this.#first.length, PREFACE.length);
    const isAlike = PREFACE.compare(this.#first, 0, size, 0, size) === 0;
    if (isAlike && size < PREFACE.length) return;
    this.#handOn(isAlike);
  };

  readonly #ended = (): void => {
    this.#socket.destroy();
  };

  /** What has been read goes back, to be read again by whom it concerns. */
  #handOn(isHttp2: boolean): void {
    const socket = this.#socket;
    this.#deadline.drop();
    socket.pause();
    socket.off('data', this.#receive);
    socket.off('end', this.#ended);
    socket.unshift(this.#first);
    const accepted = { ...this.#accepted, closed: () => {} };
    this.#connection = isHttp2
      ? new DownstreamSession(this.#plane, accepted)
      : new DownstreamConnection(this.#plane, accepted);
    socket.resume();
    if (this.#plane.isDraining) this.#connection.drain();
  }

  #gone(): void {
    this.#deadline.drop();
    this.#accepted.closed(this);
  }
}
