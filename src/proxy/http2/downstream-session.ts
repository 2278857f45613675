// One HTTP/2 connection of a client: its session, its streams, and the end of both. Owns what is
// bounded for the connection as a whole; a request is its stream's matter.
//
//   preface and settings ──▶ streams ◀──▶ idle ──▶ closing (GOAWAY) ──▶ closed

import { constants, performServerHandshake, type ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { limits } from '#base/limits.ts';
import type { DataPlane } from '../data-plane.ts';
import type { Accepted, ClientConnection } from '../listener.ts';
import { type Client, clientFields } from '../phases/forwarding-fields.ts';
import { Deadline } from '../timer-wheel.ts';
import { DownstreamStream, type StreamOwner } from './downstream-stream.ts';
import { sessionFailure } from './session-failure.ts';
import { SESSION_OPTIONS } from './session-options.ts';
import { WasteMeter } from './waste-meter.ts';

const { NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_REFUSED_STREAM } = constants;

export class DownstreamSession implements ClientConnection, StreamOwner {
  readonly client: Client;
  readonly clientFields: string;
  readonly #plane: DataPlane;
  readonly #socket: Socket;
  readonly #session: ServerHttp2Session;
  readonly #closed: (connection: ClientConnection) => void;
  /** Until the first request, between two, and while closing. */
  readonly #deadline: Deadline;
  /** Looks at what came from time to time; most frames make no event. */
  readonly #patrol: Deadline;
  readonly #waste: WasteMeter;
  readonly #streams = new Set<DownstreamStream>();

  /** Takes over a socket whose unread bytes begin with the client's connection preface. */
  constructor(plane: DataPlane, { socket, client, closed }: Accepted) {
    this.#plane = plane;
    this.#socket = socket;
    this.#closed = closed;
    this.client = client;
    this.clientFields = clientFields(client);
    this.#waste = new WasteMeter(plane.health.nowMs);
    this.#deadline = new Deadline(plane.wheel, () => this.#expire());
    this.#patrol = new Deadline(plane.wheel, () => this.#inspect());
    const session = performServerHandshake(socket, SESSION_OPTIONS);
    this.#session = session;
    session.on('stream', (stream, _headers, _flags, pairs) => {
      if (this.#streams.size >= limits.http2StreamsMax) {
        stream.on('error', () => {});
        stream.close(NGHTTP2_REFUSED_STREAM);
        return;
      }
      this.#deadline.clear();
      const downstream = new DownstreamStream(plane, this, stream);
      this.#streams.add(downstream);
      downstream.begin(pairs);
      // Behind the other streams that the same read has brought.
      if (plane.isDraining) setImmediate(() => this.#close());
    });
    session.on('connect', () => session.setLocalWindowSize(limits.http2SessionWindowBytes));
    session.on('ping', () => this.#checkWorth());
    session.on('remoteSettings', () => this.#checkWorth());
    session.on('error', (error) => this.#failed(error));
    socket.on('error', () => {});
    // A client that ends its side of HTTP/2 reads no more either.
    socket.on('end', () => this.destroy());
    socket.on('close', () => this.#gone());
    this.#deadline.set(limits.headTimeoutMs);
    this.#patrol.set(limits.http2PatrolMs);
  }

  /**
   * The process is leaving: what has been asked is answered, and an idle session has its next
   * request. The codec takes no stream behind a GOAWAY, so there is one only, which names the last
   * stream that was taken: a request on its way is known to be unprocessed, and the client may send
   * it anew (RFC 9113 6.8). It comes with a request, when a client that sends one at a time has
   * none on its way.
   */
  drain(): void {
    for (const stream of this.#streams) stream.drain();
    if (this.#session.closed) return;
    const { idleMs } = this.#plane;
    if (this.#streams.size > 0 || idleMs === 0) this.#close();
    else this.#deadline.set(idleMs);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly countPayload = (bytes: number): void => this.#waste.countPayload(bytes);

  streamClosed(stream: DownstreamStream, isWaste: boolean): void {
    this.#streams.delete(stream);
    if (!isWaste) this.#waste.streamAnswered();
    else if (!this.#waste.streamWasted(this.#plane.health.nowMs)) this.#stopFlood();
    if (this.#streams.size > 0) return;
    const { closed } = this.#session;
    this.#deadline.set(closed ? limits.lingerTimeoutMs : limits.keepAliveTimeoutMs);
  }

  #close(): void {
    if (!this.#session.destroyed) this.#session.close();
    if (this.#streams.size === 0) this.#deadline.set(limits.lingerTimeoutMs);
  }

  #inspect(): void {
    this.#patrol.set(limits.http2PatrolMs);
    this.#checkWorth();
  }

  #checkWorth(): void {
    const { nowMs } = this.#plane.health;
    if (!this.#waste.isWorth(this.#socket.bytesRead, nowMs)) this.#stopFlood();
  }

  #stopFlood(): void {
    if (this.#session.destroyed) return;
    this.#plane.counters.increment('http2Floods');
    this.#session.destroy(new Error('flood'), NGHTTP2_ENHANCE_YOUR_CALM);
    this.#deadline.set(limits.lingerTimeoutMs);
  }

  /** The codec has ended the session, or a flood has, which is counted where it is stopped. */
  #failed(error: Error): void {
    const counter = sessionFailure(error);
    if (counter !== null) this.#plane.counters.increment(counter);
  }

  #expire(): void {
    if (this.#session.closed || this.#session.destroyed) this.destroy();
    else this.#close();
  }

  #gone(): void {
    this.#deadline.drop();
    this.#patrol.drop();
    this.#closed(this);
  }
}
