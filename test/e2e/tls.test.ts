// TLS from outside: which certificate answers, how sessions are resumed, what is never told.

import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it, vi } from 'vitest';
import { Headgate } from '../support/headgate.ts';
import { HttpBackend } from '../support/http-backend.ts';
import { type KeyPair, makeCertificate } from '../support/make-certificate.ts';
import { sendRequest } from '../support/send-request.ts';
import { ingressManifest, serviceManifest } from '../support/shop-manifests.ts';
import {
  connectTls,
  requestOver,
  secretManifest,
  shownCertificate,
  tlsSection,
} from '../support/tls-scene.ts';

const WAIT = { timeout: 10_000, interval: 10 };
const HOST = 'web.example';
const REQUEST = `GET / HTTP/1.1\r\nHost: ${HOST}`;
const CERTIFICATE = makeCertificate({ names: [HOST, '*.wild.example'] });
const RSA = makeCertificate({ names: [HOST], algorithm: 'rsa' });

function fingerprint({ certificate }: KeyPair): string {
  return new X509Certificate(certificate).fingerprint256;
}

function manifests(backend: HttpBackend, tls = tlsSection({ [HOST]: 'web' })) {
  return {
    'service.yaml': serviceManifest({ name: 'web', ports: [backend.port] }),
    'ingress.yaml': ingressManifest({ host: HOST, service: 'web' }) + tls,
    'secret.yaml': secretManifest('web', CERTIFICATE),
  };
}

describe('a certificate', () => {
  it('answers for its names, and the default one for all others', async () => {
    await using backend = await HttpBackend.start('web-1');
    const wild = ingressManifest({ host: '"*.wild.example"', service: 'web' })
      .replace('name: web, namespace', 'name: wild, namespace')
      .concat(tlsSection({ '*.wild.example': 'web' }));
    await using headgate = await Headgate.start({
      manifests: { ...manifests(backend), 'wild.yaml': wild },
    });
    const shown = (servername: string) => shownCertificate(headgate.httpsPort, { servername });
    const own = fingerprint(CERTIFICATE);
    expect(await shown(HOST)).toBe(own);
    expect(await shown('WEB.Example')).toBe(own);
    expect(await shown(`${HOST}.`)).toBe(own);
    expect(await shown('a.wild.example')).toBe(own);
    const others = [await shown('a.b.wild.example'), await shown('other.example'), await shown('')];
    expect(new Set(others).size).toBe(1);
    expect(others).not.toContain(own);
  });

  it('of another algorithm stands beside it', async () => {
    await using backend = await HttpBackend.start('web-1');
    const tls = `${tlsSection({ [HOST]: 'web' })}    - { hosts: [${HOST}], secretName: rsa }\n`;
    const files = { ...manifests(backend, tls), 'rsa.yaml': secretManifest('rsa', RSA) };
    await using headgate = await Headgate.start({ manifests: files });
    const shown = (ciphers: string) =>
      shownCertificate(headgate.httpsPort, { servername: HOST, ciphers, maxVersion: 'TLSv1.2' });
    expect(await shown('ECDHE-ECDSA-AES128-GCM-SHA256')).toBe(fingerprint(CERTIFICATE));
    expect(await shown('ECDHE-RSA-AES128-GCM-SHA256')).toBe(fingerprint(RSA));
  });

  it('that is renewed answers the next handshake on every worker, and open ones stay', async () => {
    await using backend = await HttpBackend.start('web-1');
    await using headgate = await Headgate.start({ manifests: manifests(backend) });
    const open = await connectTls(headgate.httpsPort, { servername: HOST });
    const renewed = makeCertificate({ names: [HOST] });
    await headgate.write('secret.yaml', secretManifest('web', renewed));
    const shown = () => shownCertificate(headgate.httpsPort, { servername: HOST });
    await vi.waitFor(async () => expect(await shown()).toBe(fingerprint(renewed)), WAIT);
    for (let count = 0; count < 20; count += 1) expect(await shown()).toBe(fingerprint(renewed));
    const response = await requestOver(open, REQUEST);
    expect(response).toContain('web-1');
    open.destroy();
  });

  it('that was good stays while its Secret is wrong, and when it is gone', async () => {
    await using backend = await HttpBackend.start('web-1');
    await using headgate = await Headgate.start({ manifests: manifests(backend) });
    const shown = () => shownCertificate(headgate.httpsPort, { servername: HOST });
    const problems = async () => (await headgate.admin('/debug/problems')).text();
    const expired = makeCertificate({ names: [HOST], notAfter: new Date(0) });
    await headgate.write('secret.yaml', secretManifest('web', expired));
    await vi.waitFor(async () => expect(await problems()).toContain('CertificateExpired'), WAIT);
    expect(await shown()).toBe(fingerprint(CERTIFICATE));
    await headgate.write('secret.yaml', serviceManifest({ name: 'other', ports: [1] }));
    await vi.waitFor(async () => expect(await problems()).toContain('SecretNotFound'), WAIT);
    expect(await shown()).toBe(fingerprint(CERTIFICATE));
  });
});

describe('a session', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('of %s is resumed by any worker', async (version) => {
    await using backend = await HttpBackend.start('web-1');
    await using headgate = await Headgate.start({ manifests: manifests(backend) });
    const options = { servername: HOST, minVersion: version, maxVersion: version } as const;
    const first = await connectTls(headgate.httpsPort, options);
    const session = await sessionOf(first, version);
    first.destroy();
    const resumed: boolean[] = [];
    for (let count = 0; count < 16; count += 1) {
      const again = await connectTls(headgate.httpsPort, { ...options, session });
      await requestOver(again, REQUEST);
      resumed.push(again.isSessionReused());
      again.destroy();
    }
    expect(resumed).toEqual(resumed.map(() => true));
    const metrics = await (await headgate.admin('/metrics')).text();
    expect(metrics).toMatch(/headgate_tls_resumptions_total\{worker="0"\} [1-9]/);
    expect(metrics).toMatch(/headgate_tls_resumptions_total\{worker="1"\} [1-9]/);
  });

  it('of an older TLS than allowed does not begin', async () => {
    await using backend = await HttpBackend.start('web-1');
    const args = ['--tls-min-version', '1.3'];
    await using headgate = await Headgate.start({ manifests: manifests(backend), args });
    const old = connectTls(headgate.httpsPort, { servername: HOST, maxVersion: 'TLSv1.2' });
    await expect(old).rejects.toThrow(/protocol version/);
  });
});

/** With TLS 1.3 a session comes after the handshake. */
async function sessionOf(socket: TLSSocket, version: string): Promise<Buffer> {
  if (version === 'TLSv1.2') return socket.getSession() as Buffer;
  const [session] = await once(socket, 'session');
  return session;
}

describe('a request', () => {
  it('over TLS reaches the backend as such', async () => {
    await using backend = await HttpBackend.start('web-1');
    await using headgate = await Headgate.start({ manifests: manifests(backend) });
    const socket = await connectTls(headgate.httpsPort, {
      servername: HOST,
      ALPNProtocols: ['http/1.1'],
    });
    expect(socket.alpnProtocol).toBe('http/1.1');
    expect(await requestOver(socket, REQUEST)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await requestOver(socket, REQUEST)).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
  });

  it('in clear is sent to HTTPS, where its host has a certificate', async () => {
    await using backend = await HttpBackend.start('web-1');
    const files = {
      ...manifests(backend),
      'clear.yaml': ingressManifest({ host: 'clear.example', service: 'web' }).replace(
        'name: web, namespace',
        'name: clear, namespace',
      ),
    };
    await using headgate = await Headgate.start({ manifests: files });
    const ask = (host: string, path: string) =>
      sendRequest({ port: headgate.httpPort, host, path });
    const sent = await ask(HOST, '/a?b=c');
    expect([sent.status, sent.headers.location]).toEqual([
      308,
      `https://${HOST}:${headgate.httpsPort}/a?b=c`,
    ]);
    expect((await ask(HOST, '/.well-known/acme-challenge/token')).status).toBe(200);
    expect((await ask('clear.example', '/')).status).toBe(200);
  });
});

it('tells no key in any page, line or error', async () => {
  await using backend = await HttpBackend.start('web-1');
  const broken = { certificate: CERTIFICATE.certificate, key: RSA.key };
  const tls = `${tlsSection({ [HOST]: 'web' })}    - { hosts: [${HOST}], secretName: bad }\n`;
  const files = { ...manifests(backend, tls), 'bad.yaml': secretManifest('bad', broken) };
  await using headgate = await Headgate.start({ manifests: files });
  await (await connectTls(headgate.httpsPort, { servername: HOST })).destroy();
  const pages = ['/debug/plan', '/debug/snapshot', '/debug/problems', '/metrics'];
  const texts = await Promise.all(pages.map(async (page) => (await headgate.admin(page)).text()));
  const told = [...texts, ...headgate.log.map((line) => JSON.stringify(line))].join('\n');
  expect(told).toContain('KeyMismatch');
  expect(told).not.toContain('PRIVATE');
  for (const { key } of [CERTIFICATE, RSA]) {
    const lines = key.split('\n').filter((line) => line.length > 30 && !line.startsWith('--'));
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(told).not.toContain(line.slice(4, 30));
  }
});
