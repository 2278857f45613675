// One HTTP/2 connection of a client: its socket, its time-outs, and its end. Owns what is bounded
// for the connection as a whole; frames are read and written elsewhere, and a request is its
// stream's matter.
//
//   preface and settings ──▶ streams ◀──▶ idle ──▶ leaving (GOAWAY) ──▶ over

import type { Socket } from 'node:net';
import { limits } from '#base/limits.ts';
import type { DataPlane } from '../data-plane.ts';
import { readDirectly } from '../http1/read-directly.ts';
import type { Accepted, ClientConnection } from '../listener.ts';
import { type Client, clientFields } from '../phases/forwarding-fields.ts';
import { Deadline } from '../timer-wheel.ts';
import { DownstreamStream } from './downstream-stream.ts';
import { ErrorCode, Setting, STREAM_ID_MAX, WINDOW_BYTES_DEFAULT } from './frame-format.ts';
import { FrameReader } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import { SendQueue } from './send-queue.ts';
import { type FrameOwner, SessionFrames } from './session-frames.ts';
import type { StreamEnd, StreamOpening, StreamOwner } from './stream-owner.ts';
import { WasteMeter } from './waste-meter.ts';

/** Where they are other than the protocol's own (RFC 9113 6.5.2, RFC 8441 3). */
const SETTINGS = [
  [Setting.maxConcurrentStreams, limits.http2StreamsMax],
  [Setting.initialWindowSize, limits.http2StreamWindowBytes],
  [Setting.maxHeaderListSize, limits.http2HeadBytesMax],
  [Setting.enableConnectProtocol, 1],
] as const;

const NEVER = Number.POSITIVE_INFINITY;

/** What comes back when a client has read that we leave. */
const NOTICE = Buffer.from('leaving!', 'latin1');

export class DownstreamSession implements ClientConnection, StreamOwner, FrameOwner {
  readonly client: Client;
  readonly clientFields: string;
  readonly frames: FrameWriter;
  readonly queue = new SendQueue();
  /** Nothing is read or sent any more. */
  isOver = false;
  readonly #plane: DataPlane;
  readonly #socket: Socket;
  readonly #closed: (connection: ClientConnection) => void;
  readonly #reader: FrameReader;
  readonly #table: SessionFrames;
  readonly #waste: WasteMeter;
  /** Until the first request, between two, and while it ends. */
  readonly #deadline: Deadline;
  readonly #patrol: Deadline;
  /** Objects of streams that have ended, for the next ones. */
  readonly #free: DownstreamStream[] = [];
  /** Streams whose content has arrived with the read that is worked off. */
  readonly #unflushed: DownstreamStream[] = [];
  #receivedBytes = 0;
  #isAwake = false;
  /** When the client was told that we leave; it may not have heard that yet. */
  #noticeMs = NEVER;
  /** Streams that are begun are the last. */
  #isLeaving = false;

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
    this.frames = new FrameWriter(socket, plane.blocks, () => this.#send());
    this.#table = new SessionFrames(this);
    this.#reader = new FrameReader(this.#table);
    readDirectly(socket, (bytes) => this.#receive(bytes));
    socket.on('error', () => {});
    // A client that ends its side of HTTP/2 reads no more either.
    socket.on('end', () => this.destroy());
    // Everything has been sent, our end too; from here the client may linger.
    socket.on('finish', () => this.#deadline.set(limits.lingerTimeoutMs));
    socket.on('close', () => this.#gone());
    this.#deadline.set(limits.headTimeoutMs);
    this.#patrol.set(limits.http2PatrolMs);
    this.frames.settings(SETTINGS);
    this.frames.windowUpdate(0, limits.http2SessionWindowBytes - WINDOW_BYTES_DEFAULT);
    this.wake();
  }

  /**
   * The process is leaving. The client hears of it while it waits for an answer, when one that asks
   * one thing at a time has nothing on its way: so an idle session has its next request.
   */
  drain(): void {
    if (this.isOver) return;
    for (const stream of this.#table.streams.values()) stream.drain();
    const { idleMs } = this.#plane;
    if (idleMs === 0) this.#leave();
    else if (this.#table.streams.size > 0) this.#notify();
    else this.#deadline.set(idleMs);
  }

  /**
   * Tells the client that we leave. What it asks until it has read that is served: then the last
   * stream is known, and those that run are finished (RFC 9113 6.8).
   */
  #notify(): void {
    if (this.#isLeaving || this.#noticeMs !== NEVER) return;
    this.#noticeMs = this.#plane.health.nowMs;
    this.frames.goAway(STREAM_ID_MAX, ErrorCode.none);
    this.frames.ping(NOTICE, 0, false);
    this.wake();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    if (this.isOver) return;
    this.#receivedBytes += bytes.length;
    const error = this.#reader.read(bytes);
    for (const stream of this.#unflushed) stream.flushRequest();
    this.#unflushed.length = 0;
    if (error !== ErrorCode.none) this.#fail(error);
    else if (this.frames.isOverrun || !this.#isWorth) this.#fail(ErrorCode.enhanceYourCalm);
    else this.wake();
  }

  get #isWorth(): boolean {
    return this.#waste.isWorth(this.#receivedBytes, this.#plane.health.nowMs);
  }

  readonly wake = (): void => {
    if (this.#isAwake) return;
    this.#isAwake = true;
    setImmediate(this.#turn);
  };

  readonly #turn = (): void => {
    this.#isAwake = false;
    this.#send();
  };

  #send(): void {
    if (this.isOver) return;
    this.queue.send(this.frames);
    // A stream that has ended may have ended the session.
    if (!this.isOver) this.frames.flush();
  }

  readonly countPayload = (bytes: number): void => this.#waste.countPayload(bytes);

  countWaste(): void {
    if (!this.#waste.streamWasted(this.#plane.health.nowMs)) this.#fail(ErrorCode.enhanceYourCalm);
  }

  open(opening: StreamOpening): DownstreamStream {
    this.#deadline.clear();
    const stream = this.#free.pop() ?? new DownstreamStream(this.#plane, this);
    this.#table.streams.set(opening.streamId, stream);
    stream.begin(opening);
    if (this.#plane.isDraining) this.#notify();
    return stream;
  }

  flushLater(stream: DownstreamStream): void {
    this.#unflushed.push(stream);
  }

  streamClosed(stream: DownstreamStream, { isReset, isWaste }: StreamEnd): void {
    const { streams, closed } = this.#table;
    streams.delete(stream.streamId);
    if (isReset) closed.addReset(stream.streamId);
    else closed.addEnded(stream.streamId);
    this.#free.push(stream);
    if (isWaste) this.countWaste();
    else this.#waste.streamAnswered();
    if (streams.size > 0 || this.isOver) return;
    if (this.#isLeaving) this.#end();
    else this.#deadline.set(this.#plane.idleMs);
  }

  pong(bytes: Buffer, start: number): void {
    const isNotice = NOTICE.compare(bytes, start, start + NOTICE.length) === 0;
    if (isNotice && this.#noticeMs !== NEVER) this.#leave();
  }

  clientLeaves(): void {
    this.#leave();
  }

  /** Begins no more streams, and ends with the last one. */
  #leave(): void {
    if (this.isOver || this.#isLeaving) return;
    this.#isLeaving = true;
    this.frames.goAway(this.#table.close(), ErrorCode.none);
    if (this.#table.streams.size === 0) this.#end();
    else this.wake();
  }

  #end(): void {
    this.isOver = true;
    this.#deadline.set(limits.sendTimeoutMs);
    this.frames.end();
  }

  /** The client has broken the protocol, or wants too much for nothing. */
  #fail(code: ErrorCode): void {
    if (this.isOver) return;
    const isFlood = code === ErrorCode.enhanceYourCalm;
    this.#plane.counters.increment(isFlood ? 'http2Floods' : 'http2SessionErrors');
    this.frames.goAway(this.#table.close(), code);
    this.#end();
    // What it goes on to send is read and thrown away, but not for long.
    this.#deadline.set(limits.lingerTimeoutMs);
    this.#dropStreams();
  }

  #dropStreams(): void {
    this.queue.clear();
    for (const stream of this.#table.streams.values()) stream.destroy();
    this.#table.streams.clear();
    this.#dropFree();
  }

  #dropFree(): void {
    for (const stream of this.#free) stream.destroy();
    this.#free.length = 0;
  }

  #inspect(): void {
    if (this.isOver) return;
    this.#patrol.set(limits.http2PatrolMs);
    if (this.#table.streams.size === 0) this.#dropFree();
    if (this.#plane.health.nowMs - this.#noticeMs >= limits.http2NoticeMs) this.#leave();
  }

  #expire(): void {
    if (this.isOver) this.destroy();
    else this.#notify();
  }

  #gone(): void {
    this.isOver = true;
    this.#deadline.drop();
    this.#patrol.drop();
    this.#dropStreams();
    this.#closed(this);
  }
}
