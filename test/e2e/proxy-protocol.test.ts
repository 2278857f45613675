// The PROXY protocol on a listener: whom it makes the client, and what becomes of peers that do not
// keep to it.

import { once } from 'node:events';
import http2 from 'node:http2';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { plannedCertificate, tlsPlanOf } from '../support/make-certificate.ts';
import { startProxy } from '../support/proxy-fixture.ts';
import { prefaceBinary, TCP4_BLOCK } from '../support/proxy-preface.ts';
import { type RawPeer, startRawServer } from '../support/raw-peer.ts';
import { GET, HOST, OK } from '../support/relay-scene.ts';
import { connectTls } from '../support/tls-scene.ts';

const NAME = 'a.example';
const TLS = tlsPlanOf({ [NAME]: plannedCertificate({ names: [NAME] }) });
const LINE = 'PROXY TCP4 192.0.2.1 10.0.0.9 56324 443\r\n';
const TRUSTED = { trustedProxies: ['127.0.0.0/8'], proxyProtocol: true };

/** A proxy before one endpoint, which answers every head; `heads` are those it got. */
async function stage(options: Parameters<typeof startProxy>[1] = TRUSTED) {
  const heads: string[] = [];
  const answer = async (peer: RawPeer): Promise<void> => {
    for (;;) {
      heads.push(await peer.readTo('\r\n\r\n'));
      peer.write(OK);
    }
  };
  const server = await startRawServer((peer) => void answer(peer).catch(() => {}));
  const proxy = await startProxy({ [NAME]: [server.endpoint] }, options);
  const client = await proxy.connect();
  return {
    heads,
    proxy,
    client,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

function forwarded(head: string | undefined): string[] {
  return (head ?? '').split('\r\n').filter((line) => /^(?:X-Forwarded-|X-Real-IP)/.test(line));
}

describe('a trusted peer', () => {
  it.each([
    ['version 1', LINE],
    ['version 2', prefaceBinary({ block: `${TCP4_BLOCK}\x04\x00\x00` })],
  ])('announces its client by %s, for all requests', async (_version, preface) => {
    await using scene = await stage();
    scene.client.write(preface + GET);
    await scene.client.readMessage();
    scene.client.write(`GET / HTTP/1.1\r\n${HOST}X-Forwarded-For: 198.51.100.1\r\n\r\n`);
    await scene.client.readMessage();
    const fields = [
      'X-Forwarded-For: 192.0.2.1',
      'X-Real-IP: 192.0.2.1',
      'X-Forwarded-Proto: http',
      'X-Forwarded-Port: 443',
      'X-Forwarded-Host: a.example',
    ];
    expect(scene.heads.map(forwarded)).toEqual([fields, fields]);
  });

  it.each([
    ['another trusted proxy', 'PROXY TCP4 127.0.0.7 10.0.0.9 1 443\r\n', '127.0.0.7'],
    ['itself', 'PROXY UNKNOWN\r\n', '127.0.0.1'],
    ['itself, LOCAL', prefaceBinary({ command: 0x20, family: 0 }), '127.0.0.1'],
  ])('that announces %s has its fields believed', async (_name, preface, address) => {
    await using scene = await stage();
    const claim = 'X-Forwarded-For: 198.51.100.1\r\n';
    scene.client.write(`${preface}GET / HTTP/1.1\r\n${HOST}${claim}\r\n`);
    await scene.client.readMessage();
    expect(forwarded(scene.heads[0])[0]).toBe(`X-Forwarded-For: 198.51.100.1, ${address}`);
  });

  it.each([LINE, prefaceBinary({ block: TCP4_BLOCK })])(
    'may send %j in any pieces',
    async (preface) => {
      await using scene = await stage();
      for (let cut = 1; cut < preface.length; cut += 1) {
        await using client = await scene.proxy.connect();
        client.write(preface.slice(0, cut));
        await new Promise((resolve) => setImmediate(resolve));
        client.write(preface.slice(cut) + GET);
        expect((await client.readMessage()).body).toBe('ok');
      }
      expect(new Set(scene.heads.map((head) => forwarded(head)[0]))).toEqual(
        new Set(['X-Forwarded-For: 192.0.2.1']),
      );
    },
  );

  it.each([
    ['a request at once', GET],
    ['a malformed preface', 'PROXY TCP5 \r\n'],
    ['two prefaces of two versions', `PROXY TCP4${prefaceBinary({})}`],
  ])('that sends %s is closed unanswered, and counted', async (_name, text) => {
    await using scene = await stage();
    scene.client.write(text);
    expect(await scene.client.readToEnd()).toBe('');
    expect(scene.proxy.counters.read('requestsRefused')).toBe(1);
    expect(scene.heads).toEqual([]);
  });

  it('that repeats its preface is refused as malformed', async () => {
    await using scene = await stage();
    scene.client.write(`${LINE}${LINE}\r\n`);
    expect(await scene.client.readToEnd()).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('has the time of a head for its preface', async () => {
    await using scene = await stage();
    scene.client.write(LINE.slice(0, 10));
    await using other = await scene.proxy.connect();
    other.write(LINE + GET);
    await other.readMessage();
    scene.proxy.elapse(limits.headTimeoutMs + 500);
    expect(await scene.client.readToEnd()).toBe('');
    expect(scene.proxy.counters.read('requestsRefused')).toBe(1);
  });

  it('that only connects, and leaves, is nothing to count', async () => {
    await using scene = await stage();
    scene.client.socket.end();
    expect(await scene.client.readToEnd()).toBe('');
    expect(scene.proxy.counters.read('requestsRefused')).toBe(0);
  });

  it('that waits with its preface is let go when the proxy drains', async () => {
    await using scene = await stage();
    const drained = scene.proxy.drain();
    scene.proxy.elapse(limits.headTimeoutMs + 2 * limits.timerTickMs);
    expect(await scene.client.readToEnd()).toBe('');
    scene.client.socket.end();
    await drained;
    expect(scene.proxy.counters.read('requestsRefused')).toBe(0);
  });
});

describe('behind the preface of a trusted peer', () => {
  it.each([
    ['HTTP/2 with prior knowledge', { h2c: true }],
    ['HTTP/2 over TLS', { tls: TLS }],
  ])('%s is spoken', async (_name, options) => {
    await using scene = await stage({ ...TRUSTED, ...options });
    const raw = connect('tls' in options ? scene.proxy.httpsPort : scene.proxy.port, '127.0.0.1');
    raw.write(LINE);
    const socket =
      'tls' in options
        ? await connectTls(0, { servername: NAME, socket: raw, ALPNProtocols: ['h2'] })
        : raw;
    const session = http2.connect(`http://${NAME}`, { createConnection: () => socket });
    const request = session.request({ ':path': '/' });
    const [fields] = await once(request, 'response');
    expect(fields[':status']).toBe(200);
    expect(forwarded(scene.heads[0])[0]).toBe('X-Forwarded-For: 192.0.2.1');
    session.destroy();
  });

  it('HTTP/1.1 is spoken where HTTP/2 may be', async () => {
    await using scene = await stage({ ...TRUSTED, h2c: true });
    scene.client.write(LINE + GET);
    expect((await scene.client.readMessage()).body).toBe('ok');
    expect(forwarded(scene.heads[0])[0]).toBe('X-Forwarded-For: 192.0.2.1');
  });
});

describe('any other peer', () => {
  it.each([
    ['an untrusted one', { trustedProxies: ['10.0.0.0/8'], proxyProtocol: true }],
    ['one of a listener without it', { trustedProxies: ['127.0.0.0/8'], proxyProtocol: false }],
  ])('%s speaks HTTP, and is refused a preface', async (_name, options) => {
    await using scene = await stage(options);
    scene.client.write(GET);
    expect((await scene.client.readMessage()).body).toBe('ok');
    for (const preface of [LINE, prefaceBinary({ block: TCP4_BLOCK })]) {
      await using client = await scene.proxy.connect();
      client.write(`${preface}${GET}`);
      expect(await client.readToEnd()).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(scene.proxy.counters.read('requestsRefused')).toBe(2);
    expect(scene.heads).toHaveLength(1);
  });
});
