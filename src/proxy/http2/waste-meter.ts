// How much of a client's HTTP/2 session is of no use to anybody: streams that it opens and does
// not let finish, and frames that carry nothing. A pure core; the session closes when it says so.

import { limits } from '#base/limits.ts';

export class WasteMeter {
  readonly #startMs: number;
  /** Streams that may yet be wasted, as of `#creditMs`. */
  #credit: number = limits.http2WastedStreamsMax;
  #creditMs: number;
  #payloadBytes = 0;

  constructor(nowMs: number) {
    this.#startMs = this.#creditMs = nowMs;
  }

  /** An answered request pays for a wasted one: who shares a session with many cancels many. */
  streamAnswered(): void {
    this.#credit = Math.min(limits.http2WastedStreamsMax, this.#credit + 1);
  }

  /** False: too many. */
  streamWasted(nowMs: number): boolean {
    const earned = ((nowMs - this.#creditMs) / 1_000) * limits.http2WastedStreamsPerSecond;
    this.#credit = Math.min(limits.http2WastedStreamsMax, this.#credit + earned) - 1;
    this.#creditMs = nowMs;
    return this.#credit >= 0;
  }

  /** Bytes of heads and content, in either direction. */
  countPayload(bytes: number): void {
    this.#payloadBytes += bytes;
  }

  /** Whether what `receivedBytes` brought on the connection is worth it. */
  isWorth(receivedBytes: number, nowMs: number): boolean {
    const worth = this.#payloadBytes * limits.http2BytesPerPayloadByte;
    const idle = ((nowMs - this.#startMs) / 1_000) * limits.http2IdleBytesPerSecond;
    return receivedBytes <= worth + idle + limits.http2IdleBytesMax;
  }
}
