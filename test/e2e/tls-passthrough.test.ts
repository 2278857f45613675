// TLS connections that are passed through to their backends: what the backend sees is what the
// client sent, and what ends on one side ends on the other.

import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer as listen, type Socket } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type ConnectionOptions, createServer, type Server, type TLSSocket } from 'node:tls';
import { describe, expect, it, vi } from 'vitest';
import { inRecords } from '../support/client-hello.ts';
import { Headgate } from '../support/headgate.ts';
import { HttpBackend } from '../support/http-backend.ts';
import { makeCertificate } from '../support/make-certificate.ts';
import { manifestDirectory } from '../support/manifest-directory.ts';
import { connectPeer } from '../support/raw-peer.ts';
import { sendRequest } from '../support/send-request.ts';
import { ingressManifest, serviceManifest } from '../support/shop-manifests.ts';
import { connectTls, requestOver, secretManifest, tlsSection } from '../support/tls-scene.ts';

const WAIT = { timeout: 10_000, interval: 10 };
const HOST = 'vault.example';
const RECORD_HEADER_BYTES = 5;
const OWN = makeCertificate({ names: [HOST] });
const OURS = makeCertificate({ names: ['web.example'] });

/** A backend that speaks TLS itself. */
class TlsBackend implements AsyncDisposable {
  readonly #server: Server;
  readonly #connections = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => this.#connections.add(socket));
    server.on('secureConnection', (socket) => socket.on('error', () => {}));
    server.on('tlsClientError', () => {});
  }

  static async start(): Promise<TlsBackend> {
    const { certificate: cert, key } = OWN;
    const options = { cert, key, allowHalfOpen: true, ALPNProtocols: ['secret/1', 'http/1.1'] };
    const backend = new TlsBackend(createServer(options));
    backend.#server.listen(0, '127.0.0.1');
    await once(backend.#server, 'listening');
    return backend;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many connections have come. */
  get accepted(): number {
    return this.#connections.size;
  }

  /** The next connection whose handshake is done. */
  async secured(): Promise<TLSSocket> {
    const [socket] = await once(this.#server, 'secureConnection');
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** A connection for the host that is passed through, and its other end. */
async function connectPair({ backend, headgate }: Scene, options: ConnectionOptions = {}) {
  const secured = backend.secured();
  const socket = await connectTls(headgate.httpsPort, { servername: HOST, ...options });
  socket.on('error', () => {});
  return { socket, other: await secured };
}

interface Scene {
  readonly backend: TlsBackend;
  readonly headgate: Headgate;
}

function manifests(port: number, web: HttpBackend, host = HOST) {
  const passed = ingressManifest({ host: `"${host}"`, service: 'vault' }).replace(
    'shop }',
    'shop, annotations: { headgate.dev/tls-passthrough: "true" } }',
  );
  const opened = ingressManifest({ host: 'web.example', service: 'web' });
  return {
    'vault.yaml': `${passed}---\n${serviceManifest({ name: 'vault', ports: [port] })}`,
    'web.yaml': opened + tlsSection({ 'web.example': 'web' }),
    'service.yaml': serviceManifest({ name: 'web', ports: [web.port] }),
    'secret.yaml': secretManifest('web', OURS),
  };
}

async function start(args: readonly string[] = []) {
  const stack = new AsyncDisposableStack();
  const backend = stack.use(await TlsBackend.start());
  const web = stack.use(await HttpBackend.start('web-1'));
  const headgate = stack.use(
    await Headgate.start({ manifests: manifests(backend.port, web), args }),
  );
  return { backend, headgate, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe('a connection for a host that is passed through', () => {
  it('meets the certificate and the protocols of the backend', async () => {
    await using scene = await start();
    const socket = await connectTls(scene.headgate.httpsPort, {
      servername: 'Vault.Example',
      ALPNProtocols: ['secret/1'],
    });
    const { fingerprint256 } = new X509Certificate(OWN.certificate);
    expect(socket.getPeerCertificate().fingerprint256).toBe(fingerprint256);
    expect(socket.alpnProtocol).toBe('secret/1');
    socket.destroy();
  });

  it('carries much in both directions at once, and the end of each on its own', async () => {
    await using scene = await start();
    const { socket, other } = await connectPair(scene);
    other.on('data', (bytes) => {
      if (!other.write(bytes)) other.pause();
    });
    other.on('drain', () => other.resume());
    other.on('end', () => other.end('goodbye'));
    const sent = Buffer.alloc(8 * 1024 * 1024, 'abc');
    socket.end(sent);
    const received = await buffer(socket);
    expect(received.subarray(0, sent.length).equals(sent)).toBe(true);
    expect(received.subarray(sent.length).toString()).toBe('goodbye');
  });

  it('ends where the other side does', async () => {
    await using scene = await start();
    const first = await connectPair(scene);
    const clientClosed = once(first.socket.resume(), 'close');
    first.other.destroy();
    await clientClosed;
    const second = await connectPair(scene);
    const backendEnded = once(second.other.resume(), 'end');
    second.socket.destroy();
    await backendEnded;
    expect(scene.backend.accepted).toBe(2);
  });

  it('is understood though its first message comes in many records and packets', async () => {
    await using scene = await start();
    const { port } = await startFragmenter(scene.headgate.httpsPort);
    const socket = await connectTls(port, { servername: HOST });
    expect(socket.getPeerCertificate().subjectaltname).toBe(`DNS:${HOST}`);
    socket.destroy();
  });

  it('ends at once while no endpoint is there, and is counted', async () => {
    await using web = await HttpBackend.start('web-1');
    await using headgate = await Headgate.start({ manifests: manifests(1, web) });
    await expect(connectTls(headgate.httpsPort, { servername: HOST })).rejects.toThrow();
    const metrics = await (await headgate.admin('/metrics')).text();
    expect(metrics).toMatch(/^headgate_passthrough_failures_total\{worker="\d"\} 1$/m);
    expect(metrics).toMatch(/^headgate_upstream_connect_failures_total\{worker="\d"\} [1-9]/m);
  });

  it('has a line in the access log when it is over', async () => {
    await using directory = await manifestDirectory({});
    const file = join(directory.path, 'access.log');
    await using scene = await start(['--access-log', file]);
    const { socket, other } = await connectPair(scene);
    other.resume().on('end', () => other.end('goodbye'));
    socket.end(Buffer.alloc(100_000));
    expect(String(await buffer(socket))).toBe('goodbye');
    const line = await vi.waitFor(async () => JSON.parse(await readFile(file, 'latin1')), WAIT);
    expect(line).toMatchObject({
      client: '127.0.0.1',
      scheme: 'https',
      method: null,
      host: HOST,
      target: null,
      status: null,
      ingress: null,
      endpoint: `127.0.0.1:${scene.backend.port}`,
      attempts: 1,
      requestId: null,
      error: null,
    });
    expect(line.upstream).toContain('shop/vault');
    expect(line.requestBytes).toBeGreaterThan(100_000);
    expect(line.requestBytes).toBeLessThan(110_000);
    expect(line.responseBytes).toBeGreaterThan(500);
    expect(line.durationMs).toBeGreaterThan(0);
  });

  it('ends before the drain time is over, and the backend has the last word', async () => {
    await using scene = await start(['--drain-seconds', '4']);
    const { socket, other } = await connectPair(scene);
    other.resume().on('end', () => other.end('goodbye'));
    const received = buffer(socket);
    scene.headgate.signal('SIGTERM');
    expect(String(await received)).toBe('goodbye');
    expect(await scene.headgate.exited()).toBe(0);
  });

  it('keeps its backend when its Ingress goes, and the next one is ours', async () => {
    await using scene = await start();
    const { socket, other } = await connectPair(scene);
    await scene.headgate.write('vault.yaml', serviceManifest({ name: 'vault', ports: [1] }));
    const shown = async () => {
      const next = await connectTls(scene.headgate.httpsPort, { servername: HOST });
      const { subjectaltname } = next.getPeerCertificate();
      next.destroy();
      return subjectaltname;
    };
    await vi.waitFor(async () => expect(await shown()).not.toBe(`DNS:${HOST}`), WAIT);
    const arrived = once(other, 'data');
    socket.write('still here');
    expect(String((await arrived)[0])).toBe('still here');
    socket.destroy();
  });
});

describe('beside a host that is passed through', () => {
  it('others are opened', async () => {
    await using scene = await start();
    const socket = await connectTls(scene.headgate.httpsPort, { servername: 'web.example' });
    const answer = await requestOver(socket, 'GET / HTTP/1.1\r\nHost: web.example');
    expect(answer).toMatch(/^HTTP\/1\.1 200 .*web-1/s);
    const misdirected = await requestOver(socket, `GET / HTTP/1.1\r\nHost: ${HOST}`);
    expect(misdirected).toMatch(/^HTTP\/1\.1 421 /);
    socket.destroy();
  });

  it.each([
    ['/', 308],
    ['/.well-known/acme-challenge/token', 421],
  ])('a request in clear for %s gets %i', async (path, status) => {
    await using scene = await start();
    const port = scene.headgate.httpPort;
    expect(await sendRequest({ port, host: HOST, path })).toMatchObject({ status });
    expect(scene.backend.accepted).toBe(0);
  });

  it('what is no TLS is not passed through', async () => {
    await using scene = await start();
    await using peer = await connectPeer(scene.headgate.httpsPort);
    peer.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    await peer.ended();
    expect(scene.backend.accepted).toBe(0);
  });
});

/** A relay that sends the first record of each client on in records of a few bytes. */
async function startFragmenter(target: number): Promise<{ readonly port: number }> {
  const server = listen((client) => {
    const upstream = connect({ host: '127.0.0.1', port: target, noDelay: true });
    client.once('data', (record: Buffer) => {
      const message = record.subarray(RECORD_HEADER_BYTES);
      for (const byte of inRecords(message, 40)) upstream.write(Buffer.from([byte]));
      client.pipe(upstream);
    });
    upstream.pipe(client);
    upstream.on('close', () => server.close());
    client.on('error', () => {});
    upstream.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port };
}
