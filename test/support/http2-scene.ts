// A data plane between a client of HTTP/2 and an upstream that writes raw bytes.

import { Http2Client } from './http2-request.ts';
import { type ProxyFixture, startProxy } from './proxy-fixture.ts';
import { type RawPeer, type RawServer, startRawServer } from './raw-peer.ts';

export interface Http2Scene extends AsyncDisposable {
  readonly proxy: ProxyFixture;
  readonly upstream: RawServer;
  readonly client: Http2Client;
}

/** Without `serve` the test accepts the upstream's connections itself. */
export async function startHttp2Scene(serve?: (peer: RawPeer) => void): Promise<Http2Scene> {
  const upstream = await startRawServer(serve);
  const proxy = await startProxy({ 'a.test': [upstream.endpoint] }, { h2c: true });
  const client = new Http2Client(proxy.port);
  return {
    proxy,
    upstream,
    client,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

/** Answers every head with these bytes. */
export function answering(bytes: string): (peer: RawPeer) => void {
  return (peer) => {
    void (async () => {
      for (;;) {
        await peer.readTo('\r\n\r\n');
        peer.write(bytes);
      }
    })().catch(() => {});
  };
}

export function ok(body: string, ...lines: readonly string[]): string {
  const fields = ['HTTP/1.1 200 OK', `Content-Length: ${body.length}`, ...lines];
  return `${fields.join('\r\n')}\r\n\r\n${body}`;
}
