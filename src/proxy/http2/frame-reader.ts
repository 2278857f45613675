// The bytes of a client's session as frames, with every rule about sizes, flags and stream numbers
// that needs no more than the frame and what must follow it (RFC 9113 4 to 6). Owns half a frame
// and half a field block; what frames do it leaves to its sink.
//
//   preface ──▶ SETTINGS ──▶ any frame ◀──▶ HEADERS, CONTINUATION ... to END_HEADERS

import { limits } from '#base/limits.ts';
import {
  ErrorCode,
  Flag,
  FRAME_BYTES_MAX,
  FRAME_HEADER_BYTES,
  FrameType,
  PING_BYTES,
  PREFACE,
  SETTING_BYTES,
  STREAM_ID_MAX,
} from './frame-format.ts';

/** The frame at hand; another one has the same object. */
export interface FrameHead {
  readonly streamId: number;
  /** With its padding, as windows count. */
  readonly size: number;
  /** END_STREAM. */
  readonly isLast: boolean;
}

/**
 * What frames do. Each returns the error that ends the session, or none. Bytes [start, end) of
 * content may be kept, all others not.
 */
export interface FrameSink {
  /** The session has ended: what is still in hand is nobody's. */
  readonly isOver: boolean;
  data(frame: FrameHead, bytes: Buffer, start: number, end: number): ErrorCode;
  /** A whole field block. */
  headers(frame: FrameHead, bytes: Buffer, start: number, end: number): ErrorCode;
  rstStream(streamId: number): ErrorCode;
  /** Entries of SETTING_BYTES each. */
  settings(bytes: Buffer, start: number, end: number): ErrorCode;
  /** PING_BYTES from `start`. */
  ping(bytes: Buffer, start: number): ErrorCode;
  pong(bytes: Buffer, start: number): ErrorCode;
  goAway(): ErrorCode;
  /** By more than 0. */
  windowUpdate(streamId: number, increment: number): ErrorCode;
}

const { none, protocol, frameSize, enhanceYourCalm } = ErrorCode;

const NOTHING = Buffer.alloc(0);
const PRIORITY_BYTES = 5;
const GOAWAY_BYTES = 8;
/** The bit before it is reserved. */
const WINDOW_INCREMENT_MASK = 0x7fff_ffff;

export class FrameReader {
  readonly #sink: FrameSink;
  readonly #frame = { streamId: 0, size: 0, isLast: false };
  #type = 0;
  #flags = 0;
  #hasPreface = false;
  #hasSettings = false;
  /** The beginning of a frame, as large as what is known to come. */
  #held: Buffer = NOTHING;
  #heldSize = 0;
  /** The stream whose field block goes on with the next frame; 0 for none. */
  #blockId = 0;
  #block: Buffer = NOTHING;
  #blockFrames = 0;
  #isBlockLast = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Reads what has arrived. Returns the error that ends the session; nothing is read after it. */
  read(bytes: Buffer): ErrorCode {
    let at = 0;
    while (this.#heldSize > 0 && at < bytes.length) {
      const needed = this.#measure(this.#held, 0, this.#heldSize);
      const end = Math.min(bytes.length, at + needed - this.#heldSize);
      this.#hold(bytes, at, end, needed);
      at = end;
      const whole = this.#measure(this.#held, 0, this.#heldSize);
      if (whole < 0) return frameSize;
      if (whole > this.#heldSize) continue;
      const held = this.#held;
      this.#held = NOTHING;
      this.#heldSize = 0;
      const error = this.#readUnit(held, 0);
      if (error !== none) return error;
    }
    return this.#readUnits(bytes, at);
  }

  #readUnits(bytes: Buffer, from: number): ErrorCode {
    let at = from;
    while (at < bytes.length && !this.#sink.isOver) {
      const needed = this.#measure(bytes, at, bytes.length - at);
      if (needed < 0) return frameSize;
      if (needed > bytes.length - at) {
        this.#hold(bytes, at, bytes.length, needed);
        return none;
      }
      const error = this.#readUnit(bytes, at);
      if (error !== none) return error;
      at += needed;
    }
    return none;
  }

  /** How long what begins at `at` is, as far as can be told; -1 if it is longer than allowed. */
  #measure(bytes: Buffer, at: number, available: number): number {
    if (!this.#hasPreface) return PREFACE.length;
    if (available < FRAME_HEADER_BYTES) return FRAME_HEADER_BYTES;
    const size = sizeAt(bytes, at);
    return size > FRAME_BYTES_MAX ? -1 : FRAME_HEADER_BYTES + size;
  }

  /** Copies: a few bytes do not keep the whole read they came with. */
  #hold(bytes: Buffer, start: number, end: number, needed: number): void {
    if (this.#held.length < needed) {
      const larger = Buffer.allocUnsafeSlow(needed);
      this.#held.copy(larger, 0, 0, this.#heldSize);
      this.#held = larger;
    }
    bytes.copy(this.#held, this.#heldSize, start, end);
    this.#heldSize += end - start;
  }

  /** The whole of what begins at `at` is there. */
  #readUnit(bytes: Buffer, at: number): ErrorCode {
    if (!this.#hasPreface) {
      this.#hasPreface = true;
      const end = at + PREFACE.length;
      return PREFACE.compare(bytes, at, end) === 0 ? none : protocol;
    }
    const frame = this.#frame;
    frame.size = sizeAt(bytes, at);
    frame.streamId = bytes.readUInt32BE(at + 5) & STREAM_ID_MAX;
    this.#type = bytes[at + 3]!;
    this.#flags = bytes[at + 4]!;
    frame.isLast = this.#has(Flag.endStream);
    if (!this.#isInOrder()) return protocol;
    return this.#readFrame(bytes, at + FRAME_HEADER_BYTES);
  }

  #has(flag: number): boolean {
    return (this.#flags & flag) !== 0;
  }

  /** Settings first (RFC 9113 3.4); nothing comes between the frames of a field block (6.10). */
  #isInOrder(): boolean {
    const isContinuation = this.#type === FrameType.continuation;
    if (this.#hasSettings) {
      return isContinuation
        ? this.#blockId !== 0 && this.#blockId === this.#frame.streamId
        : this.#blockId === 0;
    }
    this.#hasSettings = true;
    return this.#type === FrameType.settings && !this.#has(Flag.ack);
  }

  #readFrame(bytes: Buffer, start: number): ErrorCode {
    switch (this.#type) {
      case FrameType.data:
        return this.#readData(bytes, start);
      case FrameType.headers:
        return this.#readHeaders(bytes, start);
      case FrameType.continuation:
        return this.#readBlock(bytes, start, start + this.#frame.size);
      case FrameType.priority:
        // Ignored, if it is one.
        return this.#ofStream(PRIORITY_BYTES);
      case FrameType.rstStream:
        return this.#ofStream(4) || this.#sink.rstStream(this.#frame.streamId);
      case FrameType.windowUpdate:
        return this.#readWindowUpdate(bytes, start);
      case FrameType.pushPromise:
        // RFC 9113 8.4: a client promises nothing.
        return protocol;
      case FrameType.settings:
      case FrameType.ping:
      case FrameType.goAway:
        return this.#readOfSession(bytes, start);
      default:
        // RFC 9113 4.1.
        return none;
    }
  }

  /** Whether the frame belongs to a stream and has this size. */
  #ofStream(size: number): ErrorCode {
    if (this.#frame.streamId === 0) return protocol;
    return this.#frame.size === size ? none : frameSize;
  }

  #readData(bytes: Buffer, start: number): ErrorCode {
    const { streamId, size } = this.#frame;
    const isPadded = this.#has(Flag.padded);
    if (streamId === 0 || (isPadded && size === 0)) return protocol;
    const padding = isPadded ? bytes[start]! : 0;
    const begin = isPadded ? start + 1 : start;
    const end = start + size - padding;
    if (end < begin) return protocol;
    return this.#sink.data(this.#frame, bytes, begin, end);
  }

  #readHeaders(bytes: Buffer, start: number): ErrorCode {
    const { streamId, size } = this.#frame;
    const isPadded = this.#has(Flag.padded);
    const hasPriority = this.#has(Flag.priority);
    const prefix = (isPadded ? 1 : 0) + (hasPriority ? PRIORITY_BYTES : 0);
    if (streamId === 0) return protocol;
    if (size < prefix) return frameSize;
    const begin = start + prefix;
    const end = start + size - (isPadded ? bytes[start]! : 0);
    if (end < begin) return protocol;
    // Nothing depends on itself (RFC 7540 5.3.1).
    const dependency = hasPriority ? bytes.readUInt32BE(begin - PRIORITY_BYTES) : 0;
    if ((dependency & STREAM_ID_MAX) === streamId) return protocol;
    this.#blockId = streamId;
    this.#isBlockLast = this.#frame.isLast;
    return this.#readBlock(bytes, begin, end);
  }

  /** More of a field block; with its last piece it is whole. */
  #readBlock(bytes: Buffer, start: number, end: number): ErrorCode {
    const isWhole = this.#has(Flag.endHeaders);
    if (isWhole) this.#blockId = 0;
    if (isWhole && this.#blockFrames === 0) {
      return this.#sink.headers(this.#frame, bytes, start, end);
    }
    this.#blockFrames += 1;
    if (this.#blockFrames > limits.http2BlockFramesMax) return enhanceYourCalm;
    this.#block = Buffer.concat([this.#block, bytes.subarray(start, end)]);
    if (!isWhole) return none;
    const block = this.#block;
    this.#block = NOTHING;
    this.#blockFrames = 0;
    this.#frame.isLast = this.#isBlockLast;
    return this.#sink.headers(this.#frame, block, 0, block.length);
  }

  #readWindowUpdate(bytes: Buffer, start: number): ErrorCode {
    if (this.#frame.size !== 4) return frameSize;
    const increment = bytes.readUInt32BE(start) & WINDOW_INCREMENT_MASK;
    if (increment === 0) return protocol;
    return this.#sink.windowUpdate(this.#frame.streamId, increment);
  }

  #readOfSession(bytes: Buffer, start: number): ErrorCode {
    const { streamId, size } = this.#frame;
    if (streamId !== 0) return protocol;
    if (this.#type === FrameType.ping) {
      if (size !== PING_BYTES) return frameSize;
      return this.#has(Flag.ack) ? this.#sink.pong(bytes, start) : this.#sink.ping(bytes, start);
    }
    if (this.#type === FrameType.goAway) {
      return size < GOAWAY_BYTES ? frameSize : this.#sink.goAway();
    }
    if (this.#has(Flag.ack)) return size === 0 ? none : frameSize;
    if (size % SETTING_BYTES !== 0) return frameSize;
    if (size > limits.http2SettingsMax * SETTING_BYTES) return enhanceYourCalm;
    return this.#sink.settings(bytes, start, start + size);
  }
}

function sizeAt(bytes: Buffer, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}
