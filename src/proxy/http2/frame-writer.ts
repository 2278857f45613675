// What one session sends, as frames: all that gathers in one turn of the event loop leaves in one
// write, and there is one write at a time, so that a client that does not read costs two blocks.
// Owns the blocks and the table of the fields that are sent; knows no streams and no windows.

import type { Socket } from 'node:net';
import { assert } from '#base/assert.ts';
import { limits } from '#base/limits.ts';
import type { BlockPool } from '../http1/block-pool.ts';
import {
  type ErrorCode,
  Flag,
  FRAME_BYTES_MAX,
  FRAME_HEADER_BYTES,
  FrameType,
  PING_BYTES,
  SETTING_BYTES,
} from './frame-format.ts';
import { HpackEncoder, maxEncodedBytes } from './hpack-encoder.ts';

const CAPACITY = limits.upstreamReadBytes;

/** Field blocks that take more than one frame are written here first. */
const SCRATCH = Buffer.allocUnsafeSlow(CAPACITY);

const NOTHING = Buffer.alloc(0);

export class FrameWriter {
  readonly #socket: Socket;
  readonly #blocks: BlockPool;
  readonly #encoder = new HpackEncoder();
  readonly #written: (error?: Error | null) => void;
  #block: Buffer = NOTHING;
  #size = 0;
  /** Oldest first. */
  readonly #inFlight: Buffer[] = [];
  /** A client that reads nothing has made us say too much. */
  isOverrun = false;

  /** `written` is told when the socket has taken a write, and more may be sent. */
  constructor(socket: Socket, blocks: BlockPool, written: () => void) {
    this.#socket = socket;
    this.#blocks = blocks;
    this.#written = (error) => {
      this.#blocks.give(this.#inFlight.shift()!);
      // A socket that is gone takes nothing more.
      if (error === undefined || error === null) written();
    };
  }

  get isWriting(): boolean {
    return this.#inFlight.length > 0;
  }

  /** Content that the next DATA may have. */
  get room(): number {
    return CAPACITY - this.#size - FRAME_HEADER_BYTES;
  }

  /** See HpackEncoder. */
  setTableSizeMax(sizeBytes: number): void {
    this.#encoder.setTableSizeMax(sizeBytes);
  }

  /** Fields, names and values in turn. False: there is no room for them. */
  headers(streamId: number, pairs: readonly string[], isLast: boolean): boolean {
    const needed = maxEncodedBytes(pairs);
    const frames = Math.ceil(needed / FRAME_BYTES_MAX);
    const size = needed + frames * FRAME_HEADER_BYTES;
    assert(size <= CAPACITY, 'the head of a response fits a block');
    if (this.#size + size > CAPACITY) return false;
    if (frames > 1) {
      this.#writeLargeBlock(streamId, pairs, isLast);
      return true;
    }
    const start = this.#open(FRAME_HEADER_BYTES + needed);
    const end = this.#encoder.encode(pairs, this.#block, start + FRAME_HEADER_BYTES);
    this.#size = end;
    const flags = Flag.endHeaders | (isLast ? Flag.endStream : 0);
    this.#writeHeader(start, end - start - FRAME_HEADER_BYTES, FrameType.headers, flags, streamId);
    return true;
  }

  #writeLargeBlock(streamId: number, pairs: readonly string[], isLast: boolean): void {
    const size = this.#encoder.encode(pairs, SCRATCH, 0);
    for (let at = 0; at < size; at += FRAME_BYTES_MAX) {
      const end = Math.min(size, at + FRAME_BYTES_MAX);
      const type = at === 0 ? FrameType.headers : FrameType.continuation;
      const ends = at === 0 && isLast ? Flag.endStream : 0;
      const flags = ends | (end === size ? Flag.endHeaders : 0);
      const start = this.#frame(type, flags, streamId, end - at);
      SCRATCH.copy(this.#block, start, at, end);
    }
  }

  /** Content as latin1; it fits `room` and a frame. */
  text(streamId: number, text: string, isLast: boolean): void {
    const at = this.#frame(FrameType.data, isLast ? Flag.endStream : 0, streamId, text.length);
    this.#block.write(text, at, 'latin1');
  }

  /** Content, which fits `room` and a frame. */
  data(streamId: number, bytes: Buffer, isLast: boolean): void {
    const flags = isLast ? Flag.endStream : 0;
    const at = this.#frame(FrameType.data, flags, streamId, bytes.length);
    this.#block.set(bytes, at);
  }

  rstStream(streamId: number, code: ErrorCode): void {
    const at = this.#frame(FrameType.rstStream, 0, streamId, 4);
    this.#block.writeUInt32BE(code, at);
  }

  /** Pairs of a setting and its value. */
  settings(pairs: readonly (readonly [setting: number, value: number])[]): void {
    let at = this.#frame(FrameType.settings, 0, 0, pairs.length * SETTING_BYTES);
    for (const [setting, value] of pairs) {
      this.#block.writeUInt16BE(setting, at);
      this.#block.writeUInt32BE(value, at + 2);
      at += SETTING_BYTES;
    }
  }

  settingsAck(): void {
    this.#frame(FrameType.settings, Flag.ack, 0, 0);
  }

  /** With PING_BYTES from `start`. */
  ping(bytes: Buffer, start: number, isAck: boolean): void {
    const at = this.#frame(FrameType.ping, isAck ? Flag.ack : 0, 0, PING_BYTES);
    bytes.copy(this.#block, at, start, start + PING_BYTES);
  }

  goAway(lastStreamId: number, code: ErrorCode): void {
    const at = this.#frame(FrameType.goAway, 0, 0, 8);
    this.#block.writeUInt32BE(lastStreamId, at);
    this.#block.writeUInt32BE(code, at + 4);
  }

  windowUpdate(streamId: number, increment: number): void {
    const at = this.#frame(FrameType.windowUpdate, 0, streamId, 4);
    this.#block.writeUInt32BE(increment, at);
  }

  /** Sends what has gathered, unless a write is under way: `written` is the time for it then. */
  flush(): void {
    if (!this.isWriting) this.#write();
  }

  /** Sends what has gathered, and nothing after it. */
  end(): void {
    this.#write();
    this.#socket.end();
  }

  #write(): void {
    if (this.#size === 0) return;
    const bytes = this.#block.subarray(0, this.#size);
    this.#inFlight.push(this.#block);
    this.#block = NOTHING;
    this.#size = 0;
    this.#socket.write(bytes, this.#written);
  }

  /** Begins a frame of `size` bytes, and returns where they stand. */
  #frame(type: number, flags: number, streamId: number, size: number): number {
    const start = this.#open(FRAME_HEADER_BYTES + size);
    this.#writeHeader(start, size, type, flags, streamId);
    this.#size = start + FRAME_HEADER_BYTES + size;
    return start + FRAME_HEADER_BYTES;
  }

  /** Makes room for so many bytes, and returns where they stand. */
  #open(size: number): number {
    if (this.#size + size > CAPACITY) {
      this.flush();
      // A write is under way, and all this was said in the meantime: the session has to go.
      if (this.#size > 0) this.isOverrun = true;
      this.#size = 0;
    }
    if (this.#block === NOTHING) this.#block = this.#blocks.take(CAPACITY);
    return this.#size;
  }

  #writeHeader(at: number, size: number, type: number, flags: number, streamId: number): void {
    const block = this.#block;
    block[at] = size >>> 16;
    block[at + 1] = size >>> 8;
    block[at + 2] = size;
    block[at + 3] = type;
    block[at + 4] = flags;
    block.writeUInt32BE(streamId, at + 5);
  }
}
