// What a stream and its session know of each other: how it begins, what it may ask for, and the
// ways in which it ends. Decides nothing.

import type { Client } from '../phases/forwarding-fields.ts';
import type { DownstreamStream } from './downstream-stream.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { SendQueue } from './send-queue.ts';

/** How a stream has ended. */
export interface StreamEnd {
  /** We have reset it, and the client may have sent more by then. */
  readonly isReset: boolean;
  /** The client did not let it come to its proper end. */
  readonly isWaste: boolean;
}

/** What all streams of a session share. */
export interface StreamOwner {
  readonly client: Client;
  readonly clientFields: string;
  readonly frames: FrameWriter;
  readonly queue: SendQueue;
  /** So many bytes of heads or content have passed, in either direction. */
  readonly countPayload: (bytes: number) => void;
  /** Something is to be sent when the turn of the event loop is over. */
  readonly wake: () => void;
  /** Calls `flushRequest` when what has arrived with the same read has been worked off. */
  flushLater(stream: DownstreamStream): void;
  /** The stream is gone, whose number it still has. */
  streamClosed(stream: DownstreamStream, end: StreamEnd): void;
}

/** The head of a request, as the session has read it. */
export interface StreamOpening {
  readonly streamId: number;
  /** Names and values in turn. */
  readonly pairs: readonly string[];
  readonly isTooLarge: boolean;
  /** Nothing follows the head. */
  readonly isLast: boolean;
  /** What may be sent to the client. */
  readonly windowBytes: number;
}

/** Both sides have said all they had to say. */
export const PROPER: StreamEnd = { isReset: false, isWaste: false };
/** The response is complete, and the rest of the request is not wanted. */
export const ANSWERED_EARLY: StreamEnd = { isReset: true, isWaste: false };
/** The upstream broke the response off: that is not held against the client. */
export const BROKEN_OFF: StreamEnd = { isReset: true, isWaste: false };
export const RESET: StreamEnd = { isReset: true, isWaste: true };
export const RESET_BY_CLIENT: StreamEnd = { isReset: false, isWaste: true };
