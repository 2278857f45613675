// The streams of a session that have ended a while ago, as far as it matters how: frames that were
// on their way to one that we have reset are dropped, and others break the protocol
// (RFC 9113 5.1).

import { limits } from '#base/limits.ts';

export class ClosedStreams {
  /** Rings of stream numbers, begun anew when they are full. */
  readonly #reset: number[] = [];
  readonly #ended: number[] = [];
  #resetAt = 0;
  #endedAt = 0;

  /** We have ended it, and the client may not know that yet. */
  addReset(streamId: number): void {
    this.#reset[this.#resetAt] = streamId;
    this.#resetAt = (this.#resetAt + 1) % limits.http2ResetStreamsMax;
  }

  /** The client has said all it had to say. */
  addEnded(streamId: number): void {
    this.#ended[this.#endedAt] = streamId;
    this.#endedAt = (this.#endedAt + 1) % limits.http2EndedStreamsMax;
  }

  wasReset(streamId: number): boolean {
    return this.#reset.includes(streamId);
  }

  hasEnded(streamId: number): boolean {
    return this.#ended.includes(streamId);
  }
}
