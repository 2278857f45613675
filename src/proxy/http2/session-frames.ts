// What the frames of a client do: to the session's settings and windows, and to the streams they
// name. Owns the table of streams and the rules of RFC 9113 5.1 about which stream may get what;
// when streams and the session end for other reasons it does not know.

import { limits } from '#base/limits.ts';
import { ClosedStreams } from './closed-streams.ts';
import type { DownstreamStream } from './downstream-stream.ts';
import { ReceiveWindow } from './flow-window.ts';
import {
  ErrorCode,
  FRAME_BYTES_LIMIT,
  FRAME_BYTES_MAX,
  SETTING_BYTES,
  Setting,
  STREAM_ID_MAX,
  WINDOW_BYTES_DEFAULT,
  WINDOW_BYTES_MAX,
} from './frame-format.ts';
import type { FrameHead, FrameSink } from './frame-reader.ts';
import type { FrameWriter } from './frame-writer.ts';
import { HpackDecoder } from './hpack-decoder.ts';
import type { SendQueue } from './send-queue.ts';
import type { StreamOpening } from './stream-owner.ts';

/** The session as its frames see it. */
export interface FrameOwner {
  readonly frames: FrameWriter;
  readonly queue: SendQueue;
  readonly isOver: boolean;
  /** A request begins. */
  open(opening: StreamOpening): DownstreamStream;
  /** The client has done something that is of no use to anybody. */
  countWaste(): void;
  /** So many bytes of heads or content have come. */
  readonly countPayload: (bytes: number) => void;
  pong(bytes: Buffer, start: number): void;
  /** The client opens no more streams. */
  clientLeaves(): void;
}

const { none, protocol, flowControl, streamClosed, compression } = ErrorCode;

export class SessionFrames implements FrameSink {
  readonly streams = new Map<number, DownstreamStream>();
  readonly closed = new ClosedStreams();
  readonly #owner: FrameOwner;
  readonly #decoder = new HpackDecoder();
  readonly #window = new ReceiveWindow(limits.http2SessionWindowBytes);
  /** What each stream may be sent at first. */
  #initialWindow = WINDOW_BYTES_DEFAULT;
  /** The last one that the client has opened. */
  #lastId = 0;
  /** The last one that is served. */
  #servedMax = STREAM_ID_MAX;

  constructor(owner: FrameOwner) {
    this.#owner = owner;
  }

  get isOver(): boolean {
    return this.#owner.isOver;
  }

  /** No stream is begun from here on. Returns the last one that was. */
  close(): number {
    this.#servedMax = Math.min(this.#lastId, this.#servedMax);
    return this.#servedMax;
  }

  data(frame: FrameHead, bytes: Buffer, start: number, end: number): ErrorCode {
    const { streamId, size, isLast } = frame;
    if (!this.#window.receive(size)) return flowControl;
    // It goes to a stream or nowhere: what a stream does not take yet its own window bounds.
    const opened = this.#window.release(size);
    if (opened > 0) this.#owner.frames.windowUpdate(0, opened);
    if (size === 0 && !isLast) this.#owner.countWaste();
    const stream = this.streams.get(streamId);
    if (stream === undefined) return this.#dropContent(frame);
    const error = stream.receive(bytes, start, end, size);
    if (error === none && isLast && stream.streamId === streamId) stream.receiveEnd();
    return error;
  }

  #dropContent({ streamId, size }: FrameHead): ErrorCode {
    if (streamId > this.#lastId) return protocol;
    if (!this.#isIgnored(streamId)) return streamClosed;
    // It was on its way when we had answered, and neither costs the client anything nor pays.
    this.#owner.countPayload(size / limits.http2BytesPerPayloadByte);
    return none;
  }

  /** Its frames may have been on their way when it ended, or never began. */
  #isIgnored(streamId: number): boolean {
    return streamId > this.#servedMax || this.closed.wasReset(streamId);
  }

  headers(frame: FrameHead, bytes: Buffer, start: number, end: number): ErrorCode {
    const { streamId, isLast } = frame;
    // In any case: the tables of both sides have to stay alike.
    const result = this.#decoder.decode(bytes, start, end);
    if (result === 'malformed') return compression;
    const isTooLarge = result === 'tooLarge';
    const stream = this.streams.get(streamId);
    if (stream !== undefined) return this.#readTrailers(stream, isLast && !isTooLarge);
    if (streamId % 2 === 0) return protocol;
    if (streamId <= this.#lastId) {
      if (this.#isIgnored(streamId)) return none;
      return this.closed.hasEnded(streamId) ? streamClosed : protocol;
    }
    this.#lastId = streamId;
    if (streamId > this.#servedMax) return none;
    if (this.streams.size >= limits.http2StreamsMax) {
      this.#refuse(streamId);
      return none;
    }
    // As it came: what an entry of the table stands for costs the client nothing.
    if (!isTooLarge) this.#owner.countPayload(end - start);
    const { pairs } = this.#decoder;
    const windowBytes = this.#initialWindow;
    this.#owner.open({ streamId, pairs, isTooLarge, isLast, windowBytes });
    return none;
  }

  #readTrailers(stream: DownstreamStream, isSound: boolean): ErrorCode {
    if (stream.hasEnded) return streamClosed;
    stream.receiveTrailers(this.#decoder.pairs, isSound);
    return none;
  }

  #refuse(streamId: number): void {
    this.#owner.frames.rstStream(streamId, ErrorCode.refusedStream);
    this.closed.addReset(streamId);
    this.#owner.countWaste();
  }

  rstStream(streamId: number): ErrorCode {
    if (streamId > this.#lastId) return protocol;
    this.streams.get(streamId)?.receiveReset();
    return none;
  }

  windowUpdate(streamId: number, increment: number): ErrorCode {
    if (streamId === 0) return this.#owner.queue.open(increment) ? none : flowControl;
    if (streamId > this.#lastId) return protocol;
    const writer = this.streams.get(streamId)?.writer;
    if (writer === undefined) return none;
    if (!writer.window.grow(increment)) return flowControl;
    this.#owner.queue.add(writer);
    return none;
  }

  settings(bytes: Buffer, start: number, end: number): ErrorCode {
    for (let at = start; at < end; at += SETTING_BYTES) {
      const error = this.#set(bytes.readUInt16BE(at), bytes.readUInt32BE(at + 2));
      if (error !== none) return error;
    }
    this.#owner.frames.settingsAck();
    // Each may move the windows of all streams.
    this.#owner.countWaste();
    return none;
  }

  #set(setting: number, value: number): ErrorCode {
    switch (setting) {
      case Setting.headerTableSize:
        this.#owner.frames.setTableSizeMax(value);
        return none;
      case Setting.enablePush:
      case Setting.enableConnectProtocol:
        return value > 1 ? protocol : none;
      case Setting.initialWindowSize:
        return this.#setInitialWindow(value);
      case Setting.maxFrameSize:
        // Ours are never larger than the least that it may be.
        return value < FRAME_BYTES_MAX || value > FRAME_BYTES_LIMIT ? protocol : none;
      default:
        return none;
    }
  }

  /** Moves the windows of all streams (RFC 9113 6.9.2). */
  #setInitialWindow(value: number): ErrorCode {
    if (value > WINDOW_BYTES_MAX) return flowControl;
    const change = value - this.#initialWindow;
    this.#initialWindow = value;
    for (const { writer } of this.streams.values()) {
      if (!writer.window.grow(change)) return flowControl;
      this.#owner.queue.add(writer);
    }
    return none;
  }

  ping(bytes: Buffer, start: number): ErrorCode {
    this.#owner.frames.ping(bytes, start, true);
    return none;
  }

  pong(bytes: Buffer, start: number): ErrorCode {
    this.#owner.pong(bytes, start);
    return none;
  }

  goAway(): ErrorCode {
    this.#owner.clientLeaves();
    return none;
  }
}
