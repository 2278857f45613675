// What an exchange holds of its upstream, whatever is spoken there: a connection that is its own
// for the time of one response, or a stream among others on one connection.

import type { Exchange } from '../exchange.ts';

export interface UpstreamLink {
  readonly writer: UpstreamWriter;
  /** The request may be written; else `Exchange.upstreamConnected` says when. */
  readonly isConnected: boolean;
  /** Gives it to an exchange, which then writes its request through `writer`. */
  assign(exchange: Exchange): void;
  /** The client reads slowly: nothing more is wanted until `resume`. */
  pause(): void;
  resume(): void;
  /** Whether it is the upstream's turn, so that its time runs; else the client's does. */
  expectProgress(isExpected: boolean): void;
  /** The client's side of a tunnel has ended; the upstream's may still bring something. */
  endTunnel(): void;
  /** Closes at once, telling no exchange. */
  destroy(): void;
}

export interface UpstreamWriter {
  /** `head` is that of an HTTP/1.1 request. */
  begin(head: string, isChunked: boolean): void;
  /** See `MessageWriter`. The bytes are given, and nobody overwrites them. */
  body(bytes: Buffer, text: string, start: number, end: number): void;
  end(): void;
  /** Sends what has gathered. False: the upstream is slow; wait for `upstreamDrained`. */
  flush(): boolean;
}
