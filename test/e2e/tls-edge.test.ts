// HTTPS as the edge of a cluster: what clients are told about it, what survives a worker that ends,
// and what hostile clients of TLS bring about.

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it, vi } from 'vitest';
import { helloMessage, inRecords, serverNameExtension } from '../support/client-hello.ts';
import { Headgate } from '../support/headgate.ts';
import { HttpBackend } from '../support/http-backend.ts';
import { Inspected } from '../support/inspected.ts';
import { makeCertificate, plannedCertificate, tlsPlanOf } from '../support/make-certificate.ts';
import { openssl } from '../support/openssl.ts';
import { startProxy } from '../support/proxy-fixture.ts';
import { connectPeer } from '../support/raw-peer.ts';
import { ingressManifest, serviceManifest } from '../support/shop-manifests.ts';
import { connectTls, requestOver, secretManifest, tlsSection } from '../support/tls-scene.ts';

const WAIT = { timeout: 20_000, interval: 10 };
const HOST = 'web.example';
const REQUEST = `GET / HTTP/1.1\r\nHost: ${HOST}`;
const CERTIFICATE = makeCertificate({ names: [HOST] });
const TLS = tlsPlanOf({ [HOST]: plannedCertificate({ names: [HOST] }) });
const STRICT = `apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: strict, annotations: { ingressclass.kubernetes.io/is-default-class: "true" } }
spec:
  controller: headgate.dev/ingress-controller
  parameters: { kind: ConfigMap, name: strict, namespace: shop, scope: Namespace }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: strict, namespace: shop }
data: { strict-transport-security: max-age=31536000; includeSubDomains }
`;

function manifests({ port }: HttpBackend): Readonly<Record<string, string>> {
  return {
    'service.yaml': serviceManifest({ name: 'web', ports: [port] }),
    'ingress.yaml': ingressManifest({ host: HOST, service: 'web' }) + tlsSection({ [HOST]: 'web' }),
    'secret.yaml': secretManifest('web', CERTIFICATE),
  };
}

function client({ httpsPort }: Headgate): Promise<TLSSocket> {
  return connectTls(httpsPort, { servername: HOST });
}

describe('a host with a certificate', () => {
  it('tells clients that came by HTTPS to stay there, where its class says so', async () => {
    await using backend = await HttpBackend.start('web-1');
    const files = { ...manifests(backend), 'class.yaml': STRICT };
    await using headgate = await Headgate.start({ manifests: files });
    const field = 'Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n';
    const socket = await client(headgate);
    expect(await requestOver(socket, REQUEST)).toContain(field);
    socket.destroy();
    // In clear it must not be said (RFC 6797 7.2).
    await using peer = await connectPeer(headgate.httpPort);
    peer.write(`${REQUEST}\r\n\r\n`);
    const { head } = await peer.readMessage();
    expect(head).toMatch(/^HTTP\/1\.1 308 /);
    expect(head).not.toContain('Strict-Transport-Security');
  });

  it('is not redirected for ever behind a proxy that ends TLS itself', async () => {
    await using backend = await HttpBackend.start('web-1');
    const args = ['--trusted-proxies', '127.0.0.0/8'];
    await using headgate = await Headgate.start({ manifests: manifests(backend), args });
    await using peer = await connectPeer(headgate.httpPort);
    const ask = async (scheme: string) => {
      peer.write(`${REQUEST}\r\nX-Forwarded-Proto: ${scheme}\r\n\r\n`);
      return (await peer.readMessage()).head.slice(0, 'HTTP/1.1 200'.length);
    };
    expect(await ask('https')).toBe('HTTP/1.1 200');
    expect(await ask('http')).toBe('HTTP/1.1 308');
  });
});

describe('two workers', () => {
  it('resume the session of openssl, whichever it meets', async () => {
    await using backend = await HttpBackend.start('web-1');
    await using headgate = await Headgate.start({ manifests: manifests(backend) });
    const directory = await mkdtemp(join(tmpdir(), 'headgate-session-'));
    const file = join(directory, 'session');
    const options = ['-servername', HOST, '-ign_eof'];
    const request = `${REQUEST}\r\nConnection: close\r\n\r\n`;
    await openssl(headgate.httpsPort, [...options, '-sess_out', file], request);
    const resumed = async (worker: number) => {
      const told = await openssl(headgate.httpsPort, [...options, '-sess_in', file], request);
      expect(told).toMatch(/^Reused, TLSv1\.3/m);
      const metrics = await (await headgate.admin('/metrics')).text();
      expect(metrics).toMatch(
        new RegExp(`^headgate_tls_resumptions_total\\{worker="${worker}"\\} [1-9]`, 'm'),
      );
    };
    await vi.waitFor(() => resumed(0), WAIT);
    await vi.waitFor(() => resumed(1), WAIT);
    await rm(directory, { recursive: true });
  });

  it('do not notice each other end: connections of the one go on, the other comes again', async () => {
    await using backend = await HttpBackend.start('web-1');
    await using headgate = await Headgate.start({
      manifests: manifests(backend),
      isInspected: true,
    });
    using inspected = await Inspected.attach(headgate);
    const sockets = await Promise.all(Array.from({ length: 24 }, () => client(headgate)));
    for (const socket of sockets) {
      socket.on('error', () => {});
      expect(await requestOver(socket, REQUEST)).toContain('web-1');
    }
    const closed = sockets.map((socket) => once(socket, 'close').then(() => socket));
    inspected.inThread('proxy-0', 'process.exit(1)');
    await Promise.race(closed);
    await headgate.logged('worker ended, starting it again');
    const left = sockets.filter((socket) => !socket.closed && !socket.readableEnded);
    expect(left.length).toBeGreaterThan(0);
    expect(left.length).toBeLessThan(sockets.length);
    for (const socket of left) expect(await requestOver(socket, REQUEST)).toContain('web-1');
    await vi.waitFor(async () => {
      const metrics = await (await headgate.admin('/metrics')).text();
      expect(metrics).toMatch(/^headgate_snapshot_generation\{worker="0"\} [1-9]/m);
    }, WAIT);
    for (let count = 0; count < 10; count += 1) {
      const socket = await client(headgate);
      expect(await requestOver(socket, REQUEST)).toContain('web-1');
      socket.destroy();
    }
    for (const socket of sockets) socket.destroy();
  });
});

describe('a client of TLS', () => {
  const name = serverNameExtension(HOST);
  const padding = (size: number): readonly [number, Buffer] => [21, Buffer.alloc(size)];
  it.each<[string, Buffer]>([
    ['an SSLv2 hello', Buffer.from('802e0100020015000000100700c003008001008006004004008', 'hex')],
    ['a hello of more than 16 KiB', inRecords(helloMessage([name, padding(20_000)]))],
    ['a hello that says it has 16 MiB', Buffer.from('160301000401ffffff', 'hex')],
    [
      'a record of more than 16 KiB',
      Buffer.concat([Buffer.from('160301ffff', 'hex'), Buffer.alloc(65_535, 1)]),
    ],
    ['records of nothing', Buffer.alloc(50_000, Buffer.from('1603010000', 'hex'))],
    ['an alert', Buffer.from('15030100020228', 'hex')],
    ['application data', Buffer.from('170303000548656c6c6f', 'hex')],
  ])('that sends %s is let go, and nobody else', async (_, bytes) => {
    await using proxy = await startProxy({ [HOST]: [] }, { tls: TLS });
    const beside = await connectTls(proxy.httpsPort, { servername: HOST });
    await using peer = await connectPeer(proxy.httpsPort);
    peer.socket.on('error', () => {});
    peer.socket.write(bytes);
    await peer.ended();
    expect(await requestOver(beside, REQUEST)).toContain('503 Service Unavailable');
    await vi.waitFor(() => expect(proxy.counters.read('tlsHandshakeFailures')).toBe(1), WAIT);
    beside.destroy();
  });
});
