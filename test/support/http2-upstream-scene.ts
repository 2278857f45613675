// A client of HTTP/1.1 whose requests go on over HTTP/2, to servers of streams or of raw frames.

import type { Transport } from '#plan/endpoint-plan.ts';
import { frame, greetClient, type Http2Backend, readRequest, word } from './http2-backend.ts';
import { type ProxyFixture, startProxy } from './proxy-fixture.ts';
import { type RawPeer, type RawServer, startRawServer } from './raw-peer.ts';

const H2C: Transport = { protocol: 'h2', tls: null };
export const GET = 'GET / HTTP/1.1\r\nHost: a.example\r\n\r\n';
export const POST = 'POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n';

export function proxyTo(...endpoints: readonly Http2Backend['endpoint'][]): Promise<ProxyFixture> {
  return startProxy({ 'a.example': endpoints }, { transport: H2C });
}

/** A client of HTTP/1.1, and the raw frames of whoever answers it. */
export class RawHttp2Scene implements AsyncDisposable {
  readonly server: RawServer;
  readonly proxy: ProxyFixture;
  readonly client: RawPeer;

  private constructor(server: RawServer, proxy: ProxyFixture, client: RawPeer) {
    this.server = server;
    this.proxy = proxy;
    this.client = client;
  }

  static async open(): Promise<RawHttp2Scene> {
    const server = await startRawServer();
    const proxy = await proxyTo(server.endpoint);
    return new RawHttp2Scene(server, proxy, await proxy.connect());
  }

  /** Sends a request, and gives its session and stream as the endpoint has them. */
  async request(text = GET): Promise<{ peer: RawPeer; stream: number }> {
    this.client.write(text);
    return this.accept();
  }

  async accept(): Promise<{ peer: RawPeer; stream: number }> {
    const peer = await this.server.accept();
    await greetClient(peer);
    return { peer, stream: await readRequest(peer) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    await this.proxy[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

const CODES = { none: 0, protocol: 1, internal: 2, refused: 7, cancel: 8, calm: 11 } as const;
export type Code = keyof typeof CODES;

/** A frame that ends a stream. */
export function reset(stream: number, code: Code): string {
  return frame('rstStream', 0, stream, word(CODES[code]));
}

export function goaway(lastStream: number, code: Code): string {
  return frame('goaway', 0, 0, word(lastStream) + word(CODES[code]));
}
