// Connections to a port for TLS that do not go as they should, and those that go on beside them.

import { once } from 'node:events';
import { connect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it, vi } from 'vitest';
import { limits } from '#base/limits.ts';
import { plannedCertificate, tlsPlanOf } from '../support/make-certificate.ts';
import { type ProxyFixture, startProxy } from '../support/proxy-fixture.ts';
import { connectPeer, type RawPeer, startRawServer } from '../support/raw-peer.ts';
import { GET, OK } from '../support/relay-scene.ts';
import { connectTls, requestOver } from '../support/tls-scene.ts';

const WAIT = { timeout: 10_000, interval: 5 };
const HOST = 'a.example';
const CERTIFICATE = plannedCertificate({ names: [HOST] });
const TLS = tlsPlanOf({ [HOST]: CERTIFICATE });
const RECORD_HEADER_BYTES = 5;
/** How a record of a handshake begins. */
const HANDSHAKE = '\x16';
const REQUEST = GET.slice(0, -4);

/** A proxy with TLS before one endpoint, which answers every head; `heads` are those it got. */
async function stage(options: Parameters<typeof startProxy>[1] = {}) {
  const heads: string[] = [];
  const answer = async (peer: RawPeer): Promise<void> => {
    for (;;) {
      heads.push(await peer.readTo('\r\n\r\n'));
      peer.write(OK);
    }
  };
  const server = await startRawServer((peer) => void answer(peer).catch(() => {}));
  const proxy = await startProxy({ [HOST]: [server.endpoint] }, { tls: TLS, ...options });
  return {
    heads,
    proxy,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

function client(proxy: ProxyFixture, options = {}): Promise<TLSSocket> {
  return connectTls(proxy.httpsPort, { servername: HOST, ...options });
}

/** The first message of a client, as latin1. */
async function clientHello(): Promise<string> {
  const server = await startRawServer();
  const hello = connectTls(server.endpoint.port, { servername: HOST }).catch(() => null);
  const peer = await server.accept();
  const header = await peer.read(RECORD_HEADER_BYTES);
  const size = Buffer.from(header, 'latin1').readUInt16BE(3);
  const message = await peer.read(size);
  await server[Symbol.asyncDispose]();
  await hello;
  return header + message;
}

describe('a request over TLS', () => {
  it('tells the backend how its client came', async () => {
    await using scene = await stage();
    const socket = await client(scene.proxy);
    expect(await requestOver(socket, REQUEST)).toContain('200 OK');
    expect(scene.heads[0]).toContain('X-Forwarded-Proto: https\r\n');
    expect(scene.heads[0]).toContain(`X-Forwarded-Port: ${scene.proxy.httpsPort}\r\n`);
    socket.destroy();
  });

  it('follows the preface of a trusted proxy, which comes in clear', async () => {
    await using scene = await stage({ trustedProxies: ['127.0.0.0/8'], proxyProtocol: true });
    const raw = connect(scene.proxy.httpsPort, '127.0.0.1');
    await once(raw, 'connect');
    raw.write('PROXY TCP4 192.0.2.1 10.0.0.9 56324 443\r\n');
    const socket = await connectTls(0, { servername: HOST, socket: raw });
    await requestOver(socket, REQUEST);
    expect(scene.heads[0]).toContain('X-Forwarded-For: 192.0.2.1\r\n');
    expect(scene.heads[0]).toContain('X-Forwarded-Proto: https\r\n');
    socket.destroy();
  });

  it('is answered although its client has nothing more to say', async () => {
    await using scene = await stage();
    const socket = await client(scene.proxy);
    const ended = once(socket, 'end');
    socket.end(GET);
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes;
    });
    await ended;
    expect(text).toContain('200 OK');
  });

  it('goes on when the process drains, and its connection ends behind it', async () => {
    await using scene = await stage();
    const socket = await client(scene.proxy);
    await requestOver(socket, REQUEST);
    const drained = scene.proxy.drain();
    const ended = once(socket, 'close');
    expect(await requestOver(socket, REQUEST)).toContain('\r\nConnection: close\r\n');
    socket.on('end', () => socket.end());
    await ended;
    await drained;
    expect(scene.proxy.counters.read('downstreamConnectionsClosed')).toBe(1);
  });
});

describe('a handshake', () => {
  it.each([1, 3, 700])('may come in pieces of %i bytes', async (size) => {
    await using scene = await stage();
    const hello = await clientHello();
    const peer = await connectPeer(scene.proxy.httpsPort);
    for (let at = 0; at < hello.length; at += size) {
      peer.write(hello.slice(at, at + size));
    }
    expect(await peer.read(1)).toBe(HANDSHAKE);
    await peer[Symbol.asyncDispose]();
  });

  it.each([
    ['nonsense', '\x16\x03\x01\x00\x05hello'],
    ['a message of another kind', '\x16\x03\x01\x00\x04\x02\x00\x00\x00'],
  ])('that is %s ends the connection and nothing else', async (_, bytes) => {
    await using scene = await stage();
    const beside = await client(scene.proxy);
    const peer = await connectPeer(scene.proxy.httpsPort);
    peer.write(bytes);
    await peer.readToEnd();
    expect(await requestOver(beside, REQUEST)).toContain('200 OK');
    await vi.waitFor(() => expect(scene.proxy.counters.read('tlsHandshakeFailures')).toBe(1), WAIT);
    beside.destroy();
    await peer[Symbol.asyncDispose]();
  });

  it('in whose place a request comes in clear is answered in clear', async () => {
    await using scene = await stage();
    const peer = await connectPeer(scene.proxy.httpsPort);
    peer.write(GET);
    const { head, body } = await peer.readMessage();
    expect(head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(body).toContain('this port speaks HTTPS');
    await peer.readToEnd();
    await peer[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(scene.proxy.counters.read('tlsHandshakeFailures')).toBe(1), WAIT);
  });

  it('is had by whoever asks, however many others of its address say nothing', async () => {
    await using scene = await stage();
    const { counters, httpsPort } = scene.proxy;
    await using peers = new AsyncDisposableStack();
    const hello = await clientHello();
    const silent: RawPeer[] = [];
    for (let count = 0; count < limits.handshakesPerClientMax; count += 1) {
      const peer = peers.use(await connectPeer(httpsPort));
      if (count % 2 === 1) peer.write(hello.slice(0, 100));
      silent.push(peer);
    }
    const socket = await client(scene.proxy);
    expect(await requestOver(socket, REQUEST)).toContain('200 OK');
    socket.destroy();
    // The first of all had to go for it, and no other.
    await silent[0]?.readToEnd();
    expect(counters.read('tlsHandshakesOverLimit')).toBe(1);
    expect(counters.read('tlsHandshakeFailures')).toBe(0);
    silent[1]?.write(hello.slice(100));
    expect(await silent[1]?.read(1)).toBe(HANDSHAKE);
  });

  it('that does not come to an end is given up', async () => {
    await using scene = await stage();
    const hello = await clientHello();
    const [silent, half] = [
      await connectPeer(scene.proxy.httpsPort),
      await connectPeer(scene.proxy.httpsPort),
    ];
    half.write(hello.slice(0, 40));
    await vi.waitFor(
      () => expect(scene.proxy.counters.read('downstreamConnections')).toBe(2),
      WAIT,
    );
    scene.proxy.elapse(limits.handshakeTimeoutMs + 2 * limits.timerTickMs);
    await silent.readToEnd();
    await half.readToEnd();
    await silent[Symbol.asyncDispose]();
    await half[Symbol.asyncDispose]();
  });

  it('waits its turn in a flood, while open connections are served', async () => {
    await using scene = await stage();
    const open = await client(scene.proxy);
    const hello = await clientHello();
    const flood = await Promise.all(
      Array.from({ length: 300 }, () => connectPeer(scene.proxy.httpsPort)),
    );
    for (const peer of flood) peer.write(hello);
    // An answer within the flood, and not behind it.
    expect(await requestOver(open, REQUEST)).toContain('200 OK');
    expect(await requestOver(open, REQUEST)).toContain('200 OK');
    for (const peer of flood) expect(await peer.read(1)).toBe(HANDSHAKE);
    open.destroy();
    for (const peer of flood) await peer[Symbol.asyncDispose]();
  });
});
