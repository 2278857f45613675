// Writes one request to a stream of HTTP/2. Node gathers what is written in one turn of the event
// loop and sends it in as few pieces as it can.

import type { ClientHttp2Stream } from 'node:http2';
import { type RequestFields, requestFields } from './http2-fields.ts';
import type { UpstreamWriter } from './upstream-link.ts';

/** Opens the stream; null if the session takes no more of them. */
export type OpenStream = (fields: RequestFields) => ClientHttp2Stream | null;

export class RequestWriter implements UpstreamWriter {
  readonly #scheme: 'http' | 'https';
  readonly #open: OpenStream;
  #stream: ClientHttp2Stream | null = null;

  constructor(scheme: 'http' | 'https', open: OpenStream) {
    this.#scheme = scheme;
    this.#open = open;
  }

  begin(head: string): void {
    this.#stream = this.#open(requestFields(head, this.#scheme));
  }

  body(bytes: Buffer, _text: string, start: number, end: number): void {
    if (end > start) this.#stream?.write(bytes.subarray(start, end));
  }

  end(): void {
    this.#stream?.end();
  }

  flush(): boolean {
    return this.#stream?.writableNeedDrain !== true;
  }
}
