// How sessions of TLS are resumed, by whom, and for how long; and what a client may do in one.

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { Headgate } from '../support/headgate.ts';
import { makeCertificate, plannedCertificate, tlsPlanOf } from '../support/make-certificate.ts';
import { openssl } from '../support/openssl.ts';
import { type ProxyFixture, startProxy } from '../support/proxy-fixture.ts';
import { ingressManifest, serviceManifest } from '../support/shop-manifests.ts';
import { connectTls, secretManifest, tlsSection } from '../support/tls-scene.ts';

const HOST = 'a.example';
const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;
type Version = (typeof VERSIONS)[number];
const TLS = tlsPlanOf({ [HOST]: plannedCertificate({ names: [HOST] }) });
const CERTIFICATE = makeCertificate({ names: [HOST] });

/** A session, as soon as it can be resumed: with TLS 1.3 its ticket follows the handshake. */
async function sessionAt(port: number, version: Version): Promise<Buffer> {
  const socket = await client(port, version);
  const session = version === 'TLSv1.2' ? socket.getSession() : (await once(socket, 'session'))[0];
  socket.destroy();
  return session;
}

function client(port: number, version: Version, session?: Buffer): Promise<TLSSocket> {
  const versions = { minVersion: version, maxVersion: version };
  return connectTls(port, { servername: HOST, ...versions, ...(session && { session }) });
}

async function isResumed(port: number, version: Version, session: Buffer): Promise<boolean> {
  const socket = await client(port, version, session);
  const isReused = socket.isSessionReused();
  socket.destroy();
  return isReused;
}

function stage(): Promise<ProxyFixture> {
  return startProxy({ [HOST]: [] }, { tls: TLS });
}

describe.each(VERSIONS)('a ticket of %s', (version) => {
  it('opens its session beyond the period of its key, for as long as sessions live', async () => {
    await using proxy = await stage();
    const { httpsPort, plane } = proxy;
    const period = Math.floor(Date.now() / limits.ticketKeysLastMs);
    const endMs = (period + 1) * limits.ticketKeysLastMs;
    plane.tls.refresh(endMs - 1);
    const session = await sessionAt(httpsPort, version);
    plane.tls.refresh(endMs);
    expect(await isResumed(httpsPort, version, session)).toBe(true);
    const next = await sessionAt(httpsPort, version);
    plane.tls.refresh(endMs + limits.tlsSessionSeconds * 1_000 - 1);
    expect(await isResumed(httpsPort, version, session)).toBe(true);
    plane.tls.refresh(endMs + limits.tlsSessionSeconds * 1_000);
    expect(await isResumed(httpsPort, version, session)).toBe(false);
    expect(await isResumed(httpsPort, version, next)).toBe(true);
  });

  it('opens its session at another node that has the secret, and at no other', async () => {
    const files = {
      'web.yaml': serviceManifest({ name: 'web', ports: [1] }),
      'ingress.yaml':
        ingressManifest({ host: HOST, service: 'web' }) + tlsSection({ [HOST]: 'web' }),
      'secret.yaml': secretManifest('web', CERTIFICATE),
      'tickets.yaml': ticketSecret('the very same secret of all nodes'),
    };
    const args = ['--tls-ticket-secret', 'shop/tickets', '--workers', '1'];
    await using one = await Headgate.start({ manifests: files, args });
    await using other = await Headgate.start({ manifests: files, args });
    const tickets = ticketSecret('a secret that no other node has');
    await using stranger = await Headgate.start({
      manifests: { ...files, 'tickets.yaml': tickets },
      args,
    });
    const session = await sessionAt(one.httpsPort, version);
    expect(await isResumed(other.httpsPort, version, session)).toBe(true);
    expect(await isResumed(stranger.httpsPort, version, session)).toBe(false);
  });
});

function ticketSecret(key: string): string {
  return `apiVersion: v1
kind: Secret
metadata: { namespace: shop, name: tickets }
stringData: { ticket.key: "${key.padEnd(40, '.')}" }
`;
}

describe('OpenSSL as a client', () => {
  it.each(['-tls1_2', '-tls1_3'])('resumes its session, with %s', async (version) => {
    await using proxy = await stage();
    const directory = await mkdtemp(join(tmpdir(), 'headgate-session-'));
    const file = join(directory, 'session');
    const options = ['-servername', HOST, version];
    const request = `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`;
    const saving = [...options, '-ign_eof', '-sess_out', file];
    expect(await openssl(proxy.httpsPort, saving, request)).toMatch(/^New, TLSv/m);
    const again = [...options, '-ign_eof', '-sess_in', file];
    expect(await openssl(proxy.httpsPort, again, request)).toMatch(/^Reused, TLSv/m);
    expect(proxy.counters.read('tlsResumptions')).toBe(1);
    await rm(directory, { recursive: true });
  });

  it('may not send early data', async () => {
    await using proxy = await stage();
    const told = await openssl(
      proxy.httpsPort,
      ['-servername', HOST, '-tls1_3', '-ign_eof'],
      `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`,
    );
    expect(told).toContain('Max Early Data: 0');
  });

  it('may not renegotiate', async () => {
    await using proxy = await stage();
    const told = await openssl(proxy.httpsPort, ['-servername', HOST, '-tls1_2'], 'R\n');
    expect(told).toContain('RENEGOTIATING');
    expect(told).toContain('no renegotiation');
    expect(proxy.counters.read('tlsHandshakes')).toBe(1);
  });

  it('is told that no protocol of its own is spoken here', async () => {
    await using proxy = await stage();
    const told = await openssl(proxy.httpsPort, ['-servername', HOST, '-alpn', 'spdy/3']);
    expect(told).toMatch(/alert no application protocol/);
    expect(proxy.counters.read('tlsHandshakeFailures')).toBe(1);
  });
});
