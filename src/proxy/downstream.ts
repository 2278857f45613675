// What an Exchange knows of the client's side, whatever protocol is spoken there: HTTP/1.1 over a
// connection of its own (http1/), or a stream of HTTP/2 (http2/). Types only.

import type { Client } from './phases/forwarding-fields.ts';

/**
 * Takes messages as an HTTP/1.1 writer does: heads as text, bodies as bytes. An HTTP/2 stream makes
 * fields and frames of them.
 */
export interface MessageSink {
  /** Nothing of the message has left yet, so that another can be sent in its place. */
  readonly isUntouched: boolean;
  /** Begins a message; `head` ends in an empty line, and a short body may stand behind that. */
  begin(head: string, isChunked: boolean): void;
  /** Adds bytes [start, end), which may be overwritten after the call. */
  body(bytes: Buffer, text: string, start: number, end: number): void;
  /** Ends a message that was begun as chunked, with `trailers`: field lines with their CRLFs. */
  end(trailers?: string): void;
  /** Forgets what has gathered and not left. */
  discard(): void;
}

/** Where one exchange's request comes from, and its response goes. */
export interface Downstream {
  readonly writer: MessageSink;
  /** Who asks. */
  readonly client: Client;
  /** See the function of this name. */
  readonly clientFields: string;
  /** The upstream takes the body, or more of it: it is the client's turn. */
  resumeBody(): void;
  /** Sends what has gathered. False: the client is slow; `downstreamDrained` will be called. */
  flush(): boolean;
  /** The response has come to its end. */
  finishExchange(): void;
  /** The response has begun and cannot be completed: the client must not take it for whole. */
  abort(): void;
  /** What the client sends from here on belongs to another protocol and ends with its side. */
  beginTunnel(): void;
  /** Something has passed through the tunnel. */
  touchTunnel(): void;
  /** The upstream's side of the tunnel has ended. */
  endTunnel(): void;
}
