// Writes one request to a stream of HTTP/2. Node gathers what is written in one turn of the event
// loop and sends it in as few pieces as it can.

import type { ClientHttp2Stream } from 'node:http2';
import { type RequestFields, requestFields } from './http2-fields.ts';
import { KeptBody, type KeptBytes } from './kept-body.ts';
import type { UpstreamWriter } from './upstream-link.ts';

/** Opens the stream; null if the session takes no more of them. */
export type OpenStream = (fields: RequestFields) => ClientHttp2Stream | null;

export class RequestWriter implements UpstreamWriter {
  readonly #scheme: 'http' | 'https';
  readonly #open: OpenStream;
  #stream: ClientHttp2Stream | null = null;
  /** What has been sent of the body, while it may have to be sent again. */
  readonly kept: KeptBody;

  constructor(scheme: 'http' | 'https', kept: KeptBytes, open: OpenStream) {
    this.#scheme = scheme;
    this.#open = open;
    this.kept = new KeptBody(kept);
  }

  begin(head: string): void {
    this.#stream = this.#open(requestFields(head, this.#scheme));
  }

  body(bytes: Buffer, _text: string, start: number, end: number): void {
    if (end === start) return;
    const piece = bytes.subarray(start, end);
    this.kept.add(piece);
    this.#stream?.write(piece);
  }

  end(): void {
    this.#stream?.end();
  }

  flush(): boolean {
    return this.#stream?.writableNeedDrain !== true;
  }
}
