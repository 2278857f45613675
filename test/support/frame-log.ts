// A sink of frames that writes down what it is given, a line for each.

import { ErrorCode, PING_BYTES } from '#proxy/http2/frame-format.ts';
import type { FrameHead, FrameSink } from '#proxy/http2/frame-reader.ts';

export class FrameLog implements FrameSink {
  readonly lines: string[] = [];
  readonly #linesMax: number;

  /** Is over after so many. */
  constructor(linesMax = Number.POSITIVE_INFINITY) {
    this.#linesMax = linesMax;
  }

  get isOver(): boolean {
    return this.lines.length >= this.#linesMax;
  }

  data(frame: FrameHead, bytes: Buffer, start: number, end: number): ErrorCode {
    const text = bytes.toString('latin1', start, end);
    return this.#add(`data ${frame.streamId} ${text} takes ${frame.size}${lastOf(frame)}`);
  }

  headers(frame: FrameHead, bytes: Buffer, start: number, end: number): ErrorCode {
    const text = bytes.toString('latin1', start, end);
    return this.#add(`headers ${frame.streamId} ${text}${lastOf(frame)}`);
  }

  rstStream(streamId: number): ErrorCode {
    return this.#add(`rstStream ${streamId}`);
  }

  settings(bytes: Buffer, start: number, end: number): ErrorCode {
    return this.#add(`settings ${bytes.toString('hex', start, end)}`);
  }

  ping(bytes: Buffer, start: number): ErrorCode {
    return this.#add(bytes.length - start < PING_BYTES ? 'half a ping' : 'ping');
  }

  pong(): ErrorCode {
    return this.#add('pong');
  }

  goAway(): ErrorCode {
    return this.#add('goAway');
  }

  windowUpdate(streamId: number, increment: number): ErrorCode {
    return this.#add(`windowUpdate ${streamId} ${increment}`);
  }

  #add(line: string): ErrorCode {
    this.lines.push(line);
    return ErrorCode.none;
  }
}

function lastOf({ isLast }: FrameHead): string {
  return isLast ? ' last' : '';
}
