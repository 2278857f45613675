// A client, the data plane and one scripted endpoint: the stage on which one request after another
// is relayed, raw bytes on both sides.

import { type ProxyFixture, startProxy } from './proxy-fixture.ts';
import { type RawPeer, type RawServer, startRawServer } from './raw-peer.ts';

export const HOST = 'Host: a.example\r\n';
export const GET = `GET / HTTP/1.1\r\n${HOST}\r\n`;
export const OK = 'HTTP/1.1 200 OK\r\nDate: then\r\nContent-Length: 2\r\n\r\nok';

/** A proxy, its only endpoint, and a client of it. */
export class Scene implements AsyncDisposable {
  readonly proxy: ProxyFixture;
  readonly server: RawServer;
  readonly client: RawPeer;

  private constructor(proxy: ProxyFixture, server: RawServer, client: RawPeer) {
    this.proxy = proxy;
    this.server = server;
    this.client = client;
  }

  static async open(): Promise<Scene> {
    const server = await startRawServer();
    const proxy = await startProxy({ 'a.example': [server.endpoint] });
    return new Scene(proxy, server, await proxy.connect());
  }

  /** Sends a request without a body and takes the upstream connection on which it arrives. */
  async request(text = GET): Promise<RawPeer> {
    this.client.write(text);
    const upstream = await this.server.accept();
    await upstream.readTo('\r\n\r\n');
    return upstream;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
    await this.proxy[Symbol.asyncDispose]();
  }
}

/**
 * Resolves when the proxy has read what was written to it before: it has answered another client.
 */
export async function arrived(proxy: ProxyFixture): Promise<void> {
  await using other = await proxy.connect();
  other.write('GET / HTTP/1.1\r\nHost: unknown.example\r\n\r\n');
  await other.readMessage();
}
