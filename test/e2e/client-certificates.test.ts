// Client certificates from outside: who is let in, what backends are told, and what no trick of a
// client brings about.

import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeCertificate } from '../support/make-certificate.ts';
import { manifestDirectory } from '../support/manifest-directory.ts';
import {
  authorityManifest,
  GUESTS,
  hostName,
  MutualTlsScene,
  requestFor,
  STAFF,
  statusOf,
  toldOf,
} from '../support/mutual-tls-scene.ts';
import { sendRequest } from '../support/send-request.ts';
import { requestOver } from '../support/tls-scene.ts';

const alice = identity(STAFF.issue({ commonName: 'alice', organization: 'Shop, Ltd' }));
const gustav = identity(GUESTS.issue({ commonName: 'gustav' }));
const stranger = identity(makeCertificate({ names: ['stranger'] }));

function identity({ certificate, key }: { certificate: string; key: string }) {
  return { cert: certificate, key };
}

const WAIT = { timeout: 10_000, interval: 10 };

let scene: MutualTlsScene;
beforeAll(async () => {
  scene = await MutualTlsScene.start();
});
afterAll(() => scene[Symbol.asyncDispose]());

describe('a request over TLS', () => {
  it.each([
    // host, who asks, status
    ['open', 'nobody', {}, 200],
    ['open', 'staff', alice, 200],
    ['staff', 'nobody', {}, 400],
    ['staff', 'staff', alice, 200],
    ['staff', 'a guest', gustav, 400],
    ['staff', 'a stranger', stranger, 400],
    ['guests', 'a guest', gustav, 200],
    ['guests', 'staff', alice, 400],
    ['any', 'nobody', {}, 200],
    ['any', 'staff', alice, 200],
    ['any', 'a guest', gustav, 400],
    ['broken', 'nobody', {}, 503],
    ['broken', 'staff', alice, 503],
  ] as const)('to %s by %s', async (host, _, options, status) => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const versions = { minVersion: version, maxVersion: version };
      expect(await scene.status(host, { ...options, ...versions })).toBe(status);
    }
  });
});

describe('a request in clear', () => {
  it.each([
    ['open', 308],
    ['staff', 308],
    ['any', 308],
  ])('to %s is sent to HTTPS', async (host, status) => {
    const { httpPort: port } = scene.headgate;
    expect(await sendRequest({ port, host: hostName(host) })).toMatchObject({ status });
  });

  it('does not come in by the path of an ACME challenge', async () => {
    const path = '/.well-known/acme-challenge/token';
    const { httpPort: port } = scene.headgate;
    const ask = async (host: string) =>
      (await sendRequest({ port, host: hostName(host), path })).status;
    expect([await ask('open'), await ask('any'), await ask('staff')]).toEqual([200, 200, 400]);
  });
});

describe('a backend', () => {
  it('is told who was verified', async () => {
    const { fingerprint256, serialNumber } = new X509Certificate(alice.cert);
    expect(toldOf(await scene.ask('staff', alice))).toEqual({
      'x-client-cert-verify': 'SUCCESS',
      'x-client-cert-subject': 'CN=alice,O=Shop\\, Ltd',
      'x-client-cert-issuer': 'CN=Staff',
      'x-client-cert-serial': serialNumber,
      'x-client-cert-fingerprint': fingerprint256.replaceAll(':', '').toLowerCase(),
    });
  });

  it('is told that nobody was, where somebody may be', async () => {
    expect(toldOf(await scene.ask('any'))).toEqual({ 'x-client-cert-verify': 'NONE' });
  });

  it('is told nothing by clients', async () => {
    const forged = [
      'X-Client-Cert-Verify: SUCCESS',
      'x-client-cert-subject: CN=root',
      'X_Client_Cert_Subject: CN=root',
      'X-Client-Cert: all of it',
      'SSL-Client-Subject-DN: CN=root',
      'Client-Cert: :MIIB:',
      'Client-Cert-Chain: :MIIB:',
      'Connection: X-Client-Cert-Verify',
    ];
    const fields = forged.map((line) => `\r\n${line}`).join('');
    expect(toldOf(await scene.ask('open', {}, fields))).toEqual({});
    const told = toldOf(await scene.ask('staff', alice, fields));
    expect(told).toMatchObject({ 'x-client-cert-subject': 'CN=alice,O=Shop\\, Ltd' });
  });

  it('is told nothing by clients of HTTP/2 either', async () => {
    const ask = async (host: string, options: object) => {
      const session = connectHttp2(`https://127.0.0.1:${scene.headgate.httpsPort}`, {
        servername: hostName(host),
        rejectUnauthorized: false,
        ...options,
      });
      const stream = session.request({
        ':authority': hostName(host),
        'x-client-cert-verify': 'SUCCESS',
        'x-client-cert-subject': 'CN=root',
        x_client_cert_subject: 'CN=root',
        'x-client-cert': 'all of it',
        'ssl-client-subject-dn': 'CN=root',
        'client-cert': ':MIIB:',
      });
      const answer = await text(stream);
      session.destroy();
      return toldOf(`\r\n\r\n${answer}`);
    };
    expect(await ask('open', {})).toEqual({});
    const told = await ask('staff', alice);
    expect(told).toMatchObject({ 'x-client-cert-subject': 'CN=alice,O=Shop\\, Ltd' });
    expect(JSON.stringify(told)).not.toContain('root');
  });

  it('is told hostile names as one line of ASCII', async () => {
    const commonName = 'a\r\nX-Admin: yes, \u00e9\ud83d\ude00\0+"<>;';
    const told = await scene.ask('staff', identity(STAFF.issue({ commonName })));
    expect(told).not.toContain('x-admin');
    expect(toldOf(told)['x-client-cert-subject']).toBe(
      'CN=a\\0D\\0AX-Admin: yes\\, \\C3\\A9\\F0\\9F\\98\\80\\00\\+\\"\\<\\>\\;',
    );
  });
});

describe('a connection', () => {
  it.each([
    // handshake for, request to, status
    ['open', 'staff', alice, 421],
    ['staff', 'open', alice, 421],
    ['staff', 'guests', alice, 421],
    ['staff', 'any', alice, 421],
    ['any', 'staff', {}, 421],
    ['open', 'unknown', {}, 404],
  ] as const)('for %s with a request to %s', async (named, asked, options, status) => {
    const socket = await scene.connect(named, options);
    expect(statusOf(await requestOver(socket, requestFor(asked)))).toBe(status);
    const own = await requestOver(socket, requestFor(named));
    expect(statusOf(own)).toBe(named === 'staff' || named === 'open' || named === 'any' ? 200 : 0);
    socket.destroy();
  });

  it('of HTTP/2 is told so too', async () => {
    const options = { servername: hostName('staff'), rejectUnauthorized: false, ...alice };
    const session = connectHttp2(`https://127.0.0.1:${scene.headgate.httpsPort}`, options);
    const ask = async (host: string) => {
      const stream = session.request({ ':authority': hostName(host) });
      const [fields] = await once(stream, 'response');
      stream.close();
      return fields[':status'];
    };
    expect([await ask('staff'), await ask('open'), await ask('staff')]).toEqual([200, 421, 200]);
    session.destroy();
  });
});

describe('a session that is resumed', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('of %s keeps what its rules found', async (version) => {
    const versions = { minVersion: version, maxVersion: version } as const;
    const session = await sessionOf('staff', { ...versions, ...alice });
    const socket = await scene.connect('staff', { ...versions, session });
    const answer = await requestOver(socket, requestFor('staff'));
    expect(socket.isSessionReused()).toBe(true);
    expect(toldOf(answer)).toMatchObject({ 'x-client-cert-subject': 'CN=alice,O=Shop\\, Ltd' });
    socket.destroy();
  });

  it.each([
    // begun at, with, offered to, status
    ['TLSv1.2', 'staff', alice, 'guests', 400],
    ['TLSv1.3', 'staff', alice, 'guests', 400],
    ['TLSv1.2', 'staff', alice, 'any', 200],
    ['TLSv1.3', 'staff', alice, 'any', 200],
    ['TLSv1.2', 'open', {}, 'staff', 400],
    ['TLSv1.3', 'open', {}, 'staff', 400],
    ['TLSv1.2', 'staff', {}, 'staff', 400],
    ['TLSv1.3', 'staff', {}, 'staff', 400],
    ['TLSv1.3', 'staff', stranger, 'staff', 400],
  ] as const)('of %s, begun at %s, lets nobody in elsewhere', async (...row) => {
    const [version, begunAt, options, offeredTo, status] = row;
    const versions = { minVersion: version, maxVersion: version } as const;
    const session = await sessionOf(begunAt, { ...versions, ...options });
    const socket = await scene.connect(offeredTo, { ...versions, session });
    const answer = await requestOver(socket, requestFor(offeredTo));
    expect(statusOf(answer)).toBe(status);
    if (begunAt !== offeredTo) expect(socket.isSessionReused()).toBe(false);
    expect(answer).not.toContain('alice');
    socket.destroy();
  });

  async function sessionOf(host: string, options: object): Promise<Buffer> {
    const socket: TLSSocket = await scene.connect(host, options);
    const arrived = once(socket, 'session');
    await requestOver(socket, requestFor(host));
    const [session] = socket.getProtocol() === 'TLSv1.3' ? await arrived : [socket.getSession()];
    socket.destroy();
    return session as Buffer;
  }
});

describe('a change of the authorities', () => {
  it('holds for the next request, also over a connection that is open', async () => {
    await using own = await MutualTlsScene.start();
    const socket = await own.connect('staff', alice);
    expect(statusOf(await requestOver(socket, requestFor('staff')))).toBe(200);
    await own.headgate.write('staff.yaml', authorityManifest('staff', GUESTS.certificate));
    const open = () => requestOver(socket, requestFor('staff'));
    await vi.waitFor(async () => expect(statusOf(await open())).toBe(421), WAIT);
    expect(await own.status('staff', alice)).toBe(400);
    expect(await own.status('staff', gustav)).toBe(200);
    await own.headgate.write('staff.yaml', authorityManifest('staff', 'no authority at all'));
    await vi.waitFor(async () => expect(await own.status('staff', gustav)).toBe(503), WAIT);
    const problems = await (await own.headgate.admin('/debug/problems')).text();
    expect(problems).toContain('has no certificates in PEM');
    socket.destroy();
  });
});

describe('other clients', () => {
  it.each([
    ['staff', 'alice', '200'],
    ['staff', 'gustav', '400'],
  ])('curl asks %s as %s', async (host, who, status) => {
    const files = { alice, gustav }[who as 'alice' | 'gustav'];
    await using directory = await manifestDirectory({ 'id.pem': files.cert + files.key });
    const { httpsPort } = scene.headgate;
    const { stdout } = await promisify(execFile)('curl', [
      ...['--silent', '--insecure', '--output', '/dev/null', '--write-out', '%{http_code}'],
      ...['--resolve', `${hostName(host)}:${httpsPort}:127.0.0.1`],
      ...['--cert', join(directory.path, 'id.pem'), `https://${hostName(host)}:${httpsPort}/`],
    ]);
    expect(stdout).toBe(status);
  });

  it('openssl is told whose certificates are taken, where any are asked for', async () => {
    const asked = async (host: string) => {
      const { httpsPort } = scene.headgate;
      const client = promisify(execFile)('openssl', [
        ...['s_client', '-connect', `127.0.0.1:${httpsPort}`, '-servername', hostName(host)],
      ]);
      client.child.stdin?.end();
      return (await client).stdout;
    };
    expect(await asked('staff')).toMatch(/Acceptable client certificate CA names\nCN = Staff\n/);
    expect(await asked('open')).toContain('No client certificate CA names sent');
  });
});
