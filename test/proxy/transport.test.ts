// Connections to backends over TLS: who is verified, how, and what a connection costs after the
// first. Handshakes are real, and so are the certificates.

import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { TLSSocket } from 'node:tls';
import { describe, expect, it, vi } from 'vitest';
import type { Transport, TransportTls } from '#plan/endpoint-plan.ts';
import { makeAuthority } from '../support/apiserver/certificates.ts';
import { frame } from '../support/http2-backend.ts';
import { makeCertificate } from '../support/make-certificate.ts';
import { startProxy } from '../support/proxy-fixture.ts';
import { startRawServer } from '../support/raw-peer.ts';

const authority = makeAuthority('trusted');
const stranger = makeAuthority('stranger');
const server = authority.issue({ commonName: 'web' }, ['web.shop.svc']);
const rotated = authority.issue({ commonName: 'rotated' });
const identity = authority.issue({ commonName: 'headgate' });
const NO_TLS: TransportTls = {
  serverName: null,
  verifies: false,
  authorities: null,
  identity: null,
};
const VERIFIED: TransportTls = {
  ...NO_TLS,
  serverName: 'web.shop.svc',
  verifies: true,
  authorities: authority.certificate,
};

interface Backend extends AsyncDisposable {
  readonly endpoint: { readonly address: string; readonly port: number };
  /** What each handshake has shown: SNI, subject of the client, whether it was resumed. */
  readonly handshakes: string[];
  /** Connections that are open. */
  readonly open: Set<TLSSocket>;
}

async function startBackend(
  protocol: Transport['protocol'],
  options: ServerOptions = {},
): Promise<Backend> {
  const settings = { cert: server.certificate, key: server.key, ...options };
  const answer = { 'content-type': 'text/plain' };
  const backend =
    protocol === 'h2'
      ? createSecureServer(settings, (_request, response) =>
          response.writeHead(200, answer).end('ok'),
        )
      : createHttpsServer(settings, (_request, response) => {
          response.writeHead(200, { ...answer, connection: 'close' }).end('ok');
        });
  const handshakes: string[] = [];
  const open = new Set<TLSSocket>();
  backend.on('secureConnection', (socket: TLSSocket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    const name = typeof socket.servername === 'string' ? socket.servername : '-';
    const { subject } = socket.getPeerCertificate();
    handshakes.push(
      `${name} ${subject?.CN ?? '-'} ${socket.isSessionReused() ? 'resumed' : 'full'}`,
    );
  });
  backend.on('sessionError', () => {});
  backend.listen(0, '127.0.0.1');
  await once(backend, 'listening');
  const { port } = backend.address() as AddressInfo;
  return {
    endpoint: { address: '127.0.0.1', port },
    handshakes,
    open,
    async [Symbol.asyncDispose]() {
      backend.close();
      await once(backend, 'close');
    },
  };
}

async function ask(backend: Backend, transport: Transport, count = 1): Promise<string[]> {
  await using proxy = await startProxy({ 'a.example': [backend.endpoint] }, { transport });
  await using client = await proxy.connect();
  const statuses: string[] = [];
  for (let index = 0; index < count; index += 1) {
    client.write('GET / HTTP/1.1\r\nHost: a.example\r\n\r\n');
    const head = await client.readTo('\r\n\r\n');
    statuses.push(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 '.length + 3));
    await client.readTo(head.startsWith('HTTP/1.1 200') ? 'ok' : '\n');
    if (/chunked/i.test(head)) await client.readTo('0\r\n\r\n');
  }
  return statuses;
}

describe.each(['http/1.1', 'h2'] as const)('%s over TLS', (protocol) => {
  // biome-ignore format: a table
  it.each([
    // the transport,                                                   the answer, the handshake
    ['verifies nothing unless it is asked to', NO_TLS,                              '200', ['- - full']],
    ['asks for a name by SNI',    { ...NO_TLS, serverName: 'any.example' },         '200', ['any.example - full']],
    ['verifies the name and who vouches for it', VERIFIED,                          '200', ['web.shop.svc - full']],
    ['refuses another name',      { ...VERIFIED, serverName: 'api.shop.svc' },      '502', []],
    ['refuses what a stranger vouches for', { ...VERIFIED, authorities: stranger.certificate }, '502', []],
    ['refuses what the system does not know', { ...VERIFIED, authorities: null },   '502', []],
    ['refuses settings that OpenSSL refuses', { ...NO_TLS, identity: { chain: '-', key: '-' } }, '502', []],
  ] as const)('%s', async (_, tls, status, handshakes) => {
    await using backend = await startBackend(protocol);
    expect(await ask(backend, { protocol, tls })).toEqual([status]);
    if (status === '200') expect(backend.handshakes).toEqual(handshakes);
  });

  it('shows its own certificate where it has one', async () => {
    const ca = authority.certificate;
    await using backend = await startBackend(protocol, { requestCert: true, ca });
    const pair = { chain: identity.certificate, key: identity.key };
    await ask(backend, { protocol, tls: { ...NO_TLS, identity: pair } });
    expect(backend.handshakes).toEqual(['- headgate full']);
  });
});

// The sentence is what the client and the access log are told.
describe.each(['http/1.1', 'h2'] as const)('%s over TLS that fails', (protocol) => {
  // biome-ignore format: a table
  it.each<[string, TransportTls, ServerOptions]>([
    ['the certificate of the upstream is for another name', { ...VERIFIED, serverName: 'api.shop.svc' }, {}],
    ['the certificate of the upstream is not trusted',      { ...VERIFIED, authorities: stranger.certificate }, {}],
    ['the certificate of the upstream is not trusted',      { ...VERIFIED, authorities: null }, {}],
    ['the TLS settings for the upstream cannot be used',    { ...NO_TLS, identity: { chain: '-', key: '-' } }, {}],
    ['the upstream refuses the TLS handshake: version, cipher, or want of a certificate', NO_TLS, { ciphers: 'ECDHE-RSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' }],
    ['the upstream does not accept our certificate, or asks for one', NO_TLS, { requestCert: true, rejectUnauthorized: true, ca: authority.certificate }],
    ['the upstream refuses the TLS handshake: version, cipher, or want of a certificate', NO_TLS, { requestCert: true, rejectUnauthorized: true, ca: authority.certificate, maxVersion: 'TLSv1.2' }],
  ])('says: %s', async (message, tls, options) => {
    await using backend = await startBackend(protocol, options);
    const { body, counters } = await fail(backend.endpoint, { protocol, tls });
    expect(body).toBe(`502 Bad Gateway: ${message}\n`);
    expect(counters.read('upstreamTlsFailures')).toBeGreaterThan(0);
    expect(counters.read('upstreamConnectFailures')).toBe(0);
  });

  it('makes none whose price the upstream sets: Diffie-Hellman over numbers of its own', async () => {
    const { certificate: cert, key } = makeCertificate({ names: ['a'], algorithm: 'rsa' });
    const finite = { dhparam: 'auto', ciphers: 'DHE-RSA-AES128-GCM-SHA256' } as const;
    await using backend = await startBackend(protocol, {
      ...{ cert, key, ...finite },
      maxVersion: 'TLSv1.2',
    });
    const { body } = await fail(backend.endpoint, { protocol, tls: NO_TLS });
    expect(body).toContain('the upstream refuses the TLS handshake');
  });

  it('says when the upstream speaks something else', async () => {
    await using server = await startRawServer((peer) => peer.write('HTTP/1.1 400 Bad\r\n\r\n'));
    const { body } = await fail(server.endpoint, { protocol, tls: NO_TLS });
    expect(body).toBe('502 Bad Gateway: the upstream does not speak TLS\n');
  });
});

describe.each(['http/1.1', 'h2'] as const)('%s over TLS that breaks', (protocol) => {
  it.each([
    ['an alert of handshakes', Buffer.from([21, 3, 3, 0, 2, 2, 40])],
    ['no TLS', Buffer.from('HTTP/1.1 500 Internal Server Error\r\n\r\n')],
  ])('by %s never gets a request twice that may not be repeated', async (_, broken) => {
    await using backend = await startBreaking(protocol, broken);
    const transport: Transport = { protocol, tls: VERIFIED };
    await using proxy = await startProxy({ 'a.example': [backend.endpoint] }, { transport });
    await using client = await proxy.connect();
    client.write('POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 4\r\n\r\nonce');
    const { body } = await client.readMessage();
    expect(body).toBe('502 Bad Gateway: the secure connection to the upstream broke\n');
    expect(backend.bodies).toEqual(['once']);
    expect(proxy.counters.read('upstreamRetries')).toBe(0);
  });
});

/** Reads the body of one request of each connection, and then says this behind the back of TLS. */
async function startBreaking(protocol: Transport['protocol'], broken: Buffer) {
  const bodies: string[] = [];
  const settings = { cert: server.certificate, key: server.key, ALPNProtocols: [protocol] };
  const plain = createServer((raw) => {
    const socket = new TLSSocket(raw, { ...settings, isServer: true });
    for (const one of [raw, socket]) one.on('error', () => {});
    if (protocol === 'h2') socket.write(frame('settings', 0, 0, ''), 'latin1');
    socket.on('data', (bytes) => {
      if (!bytes.includes('once')) return;
      bodies.push('once');
      raw.write(broken);
    });
  });
  plain.listen(0, '127.0.0.1');
  await once(plain, 'listening');
  const { port } = plain.address() as AddressInfo;
  return {
    endpoint: { address: '127.0.0.1', port },
    bodies,
    async [Symbol.asyncDispose]() {
      plain.close();
      await once(plain, 'close');
    },
  };
}

async function fail(endpoint: Backend['endpoint'], transport: Transport) {
  await using proxy = await startProxy({ 'a.example': [endpoint] }, { transport });
  await using client = await proxy.connect();
  client.write('GET / HTTP/1.1\r\nHost: a.example\r\n\r\n');
  const { body } = await client.readMessage();
  return { body, counters: proxy.counters };
}

it('a certificate that is rotated is shown by the next connection, and the one before goes', async () => {
  const ca = authority.certificate;
  await using backend = await startBackend('h2', { requestCert: true, ca });
  const shown = ({ certificate, key }: typeof identity): Transport => ({
    protocol: 'h2',
    tls: { ...NO_TLS, identity: { chain: certificate, key } },
  });
  const hosts = { 'a.example': [backend.endpoint] };
  await using proxy = await startProxy(hosts, { transport: shown(identity) });
  await using client = await proxy.connect();
  const get = async (): Promise<void> => {
    client.write('GET / HTTP/1.1\r\nHost: a.example\r\n\r\n');
    await client.readTo('0\r\n\r\n');
  };
  await get();
  await get();
  const [first] = backend.open;
  proxy.publish(hosts, shown(rotated));
  await get();
  expect(backend.handshakes).toEqual(['- headgate full', '- rotated full']);
  await vi.waitFor(() => expect([...backend.open]).not.toContain(first), { timeout: 5_000 });
});

it('a second connection resumes the session of the first', async () => {
  await using backend = await startBackend('http/1.1');
  const transport = { protocol: 'http/1.1', tls: VERIFIED } as const;
  expect(await ask(backend, transport, 3)).toEqual(['200', '200', '200']);
  expect(backend.handshakes).toEqual([
    'web.shop.svc - full',
    'web.shop.svc - resumed',
    'web.shop.svc - resumed',
  ]);
});

it('a backend that agrees to no HTTP/2 gets no request of it', async () => {
  await using backend = await startBackend('http/1.1');
  expect(await ask(backend, { protocol: 'h2', tls: NO_TLS })).toEqual(['502']);
});
