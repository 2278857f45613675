// What an upstream gets for what a client sends, and how a client's connection lives and ends.

import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { startProxy } from '../support/proxy-fixture.ts';
import { closedPort, type RawPeer, startRawServer } from '../support/raw-peer.ts';
import { arrived, GET, HOST, OK, Scene } from '../support/relay-scene.ts';

describe('a request body', () => {
  const POST = `POST / HTTP/1.1\r\n${HOST}`;

  it('with Content-Length is streamed as it comes', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request(`${POST}Content-Length: 10\r\n\r\n01234`);
    expect(await upstream.read(5)).toBe('01234');
    scene.client.write('56789');
    expect(await upstream.read(5)).toBe('56789');
    upstream.write(OK);
    expect((await scene.client.readMessage()).body).toBe('ok');
  });

  it('in chunks is framed anew, without extensions and trailers', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request(
      `${POST}Transfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n3\r\ncde\r\n0\r\nT: u\r\n\r\n`,
    );
    expect(await upstream.readTo('0\r\n\r\n')).toBe('2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n');
    upstream.write(OK);
    expect((await scene.client.readMessage()).body).toBe('ok');
  });

  it('that stops early never looks complete: the upstream connection is closed', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request(`${POST}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n`);
    await upstream.readTo('ab\r\n');
    scene.client.socket.end();
    expect(await upstream.readToEnd()).toBe('');
  });

  it('with a bad chunk is 400, and the upstream connection is closed', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request(`${POST}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n`);
    await upstream.readTo('ab\r\n');
    scene.client.write('zz\r\n');
    expect(await scene.client.readToEnd()).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    await upstream.ended();
  });

  it('waits for 100 Continue end to end', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request(
      `${POST}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n`,
    );
    upstream.write('HTTP/1.1 100 Continue\r\n\r\n');
    expect(await scene.client.readTo('\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    scene.client.write('hi');
    expect(await upstream.read(2)).toBe('hi');
    upstream.write(OK);
    expect((await scene.client.readMessage()).body).toBe('ok');
  });

  it('is read to its end after an early answer, within bounds', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request(`${POST}Content-Length: 10\r\n\r\n01234`);
    upstream.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n');
    expect((await scene.client.readMessage()).head).toMatch(/^HTTP\/1\.1 413 /);
    await upstream.ended();
    scene.client.write(`56789${GET}`);
    const next = await scene.server.accept();
    await next.readTo('\r\n\r\n');
    next.write(OK);
    expect((await scene.client.readMessage()).body).toBe('ok');
  });

  it('ends the connection after an early answer when it is out of bounds', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request(`${POST}Content-Length: 99999999\r\n\r\n01234`);
    upstream.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n');
    await scene.client.readMessage();
    scene.client.write('x'.repeat(limits.discardBytesMax + 1));
    await scene.client.ended();
    expect(scene.server.accepted).toBe(1);
  });

  it('waits for its upstream connection, and goes to the next endpoint if that fails', async () => {
    await using server = await startRawServer();
    const refusing = { address: '127.0.0.1', port: await closedPort() };
    await using proxy = await startProxy({ 'a.example': [refusing, server.endpoint] });
    await using client = await proxy.connect();
    for (let count = 0; count < 4; count += 1) {
      client.write(`${POST}Content-Length: 5\r\nConnection: keep-alive\r\n\r\nhello`);
      const upstream = await server.accept();
      await upstream.readTo('\r\n\r\n');
      expect(await upstream.read(5)).toBe('hello');
      upstream.write('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok');
      expect((await client.readMessage()).body).toBe('ok');
    }
    // Whichever endpoint has the first turn, the refusing one has had at least every other.
    const failures = proxy.counters.read('upstreamConnectFailures');
    expect(failures).toBeGreaterThanOrEqual(3);
    expect(proxy.counters.read('upstreamRetries')).toBe(failures);
  });
});

describe('a path', () => {
  it.each([
    ['/a/../b?c=%7e/../', '/b?c=%7e/../'],
    ['/%61%2f%2e%2e/x', '/a%2F../x'],
    ['http://a.example/a/./b', '/a/b'],
    ['/a%20b', '/a%20b'],
  ])('%s is forwarded in normal form as %s', async (target, expected) => {
    await using scene = await Scene.open();
    scene.client.write(`GET ${target} HTTP/1.1\r\n${HOST}\r\n`);
    const upstream = await scene.server.accept();
    expect(await upstream.readTo('\r\n')).toBe(`GET ${expected} HTTP/1.1\r\n`);
    upstream.write(OK);
    expect((await scene.client.readMessage()).body).toBe('ok');
  });

  it.each([['/%'], ['/%zz'], ['/a/%2']])('%s is refused', async (target) => {
    await using scene = await Scene.open();
    scene.client.write(`GET ${target} HTTP/1.1\r\n${HOST}\r\n`);
    expect(await scene.client.readToEnd()).toMatch(/^HTTP\/1\.1 400 /);
    expect(scene.server.accepted).toBe(0);
  });
});

describe('a client connection', () => {
  it('answers pipelined requests in order', async () => {
    await using scene = await Scene.open();
    const paths = Array.from({ length: 20 }, (_, index) => `/${index}`);
    scene.client.write(paths.map((path) => `GET ${path} HTTP/1.1\r\n${HOST}\r\n`).join(''));
    const upstream = await scene.server.accept();
    for (const path of paths) {
      const head = await upstream.readTo('\r\n\r\n');
      expect(head.startsWith(`GET ${path} HTTP/1.1\r\n`)).toBe(true);
      const body = `answer to ${path}`;
      upstream.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    }
    for (const path of paths) {
      expect((await scene.client.readMessage()).body).toBe(`answer to ${path}`);
    }
    expect(scene.server.accepted).toBe(1);
  });

  it('reads a head that comes byte by byte', async () => {
    await using scene = await Scene.open();
    for (const byte of `\r\n\r\n${GET}`) scene.client.write(byte);
    const upstream = await scene.server.accept();
    expect(await upstream.readTo('\r\n')).toBe('GET / HTTP/1.1\r\n');
    upstream.write(OK);
    expect((await scene.client.readMessage()).body).toBe('ok');
  });

  it.each([
    ['three empty lines first', `\r\n\r\n\r\n${GET}`, 400],
    ['a bare LF', 'GET / HTTP/1.1\nHost: a.example\n\n', 400],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    [
      'two framings',
      `GET / HTTP/1.1\r\n${HOST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      400,
    ],
    ['an endless line', `GET /${'x'.repeat(9_000)}`, 414],
    ['an endless head', `GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(8_000)}`, 431],
    ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n', 400],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
  ])(
    'with %s is refused and closed, and nothing reaches a backend',
    async (_name, text, status) => {
      await using scene = await Scene.open();
      scene.client.write(text + GET);
      const answer = await scene.client.readToEnd();
      expect(answer.split('HTTP/1.1 ')).toHaveLength(2);
      expect(answer).toContain(`HTTP/1.1 ${status} `);
      expect(answer).toContain('\r\nConnection: close\r\n');
      expect(scene.server.accepted).toBe(0);
      expect(scene.proxy.counters.read('requestsRefused')).toBe(1);
    },
  );

  it('gets 404 for a host without a route, and goes on', async () => {
    await using scene = await Scene.open();
    for (let count = 0; count < 2; count += 1) {
      scene.client.write('GET / HTTP/1.1\r\nHost: b.example\r\n\r\n');
      const { head, body } = await scene.client.readMessage();
      expect(head).toMatch(
        /^HTTP\/1\.1 404 Not Found\r\nDate: .* GMT\r\nServer: headgate\r\nContent-Type: .*\r\n/,
      );
      expect(body).toBe('404 Not Found: no route for this host and path\n');
    }
  });

  it('gets 503 without endpoints, 502 when none accepts', async () => {
    const refusing = { address: '127.0.0.1', port: await closedPort() };
    await using proxy = await startProxy({ 'a.example': [], 'b.example': [refusing] });
    await using client = await proxy.connect();
    client.write(GET);
    expect((await client.readMessage()).head).toMatch(/^HTTP\/1\.1 503 /);
    client.write('HEAD / HTTP/1.1\r\nHost: b.example\r\nConnection: close\r\n\r\n');
    const answer = await client.readToEnd();
    expect(answer).toMatch(/^HTTP\/1\.1 502 /);
    expect(answer.endsWith('\r\n\r\n')).toBe(true);
  });

  it('that is half-closed still gets its answer', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request();
    scene.client.socket.end();
    upstream.write(OK);
    expect(await scene.client.readToEnd()).toContain('\r\n\r\nok');
  });

  it('that goes away takes its upstream connection with it', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request();
    scene.client.socket.resetAndDestroy();
    await upstream.ended();
    expect(scene.server.accepted).toBe(1);
  });
});

describe('a client that reads late', () => {
  /** More than its kernel takes, and less than ours. */
  const SIZE = 300_000;
  const LARGE = `HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n${'x'.repeat(SIZE)}`;

  async function taken(upstream: RawPeer): Promise<void> {
    upstream.write(LARGE);
    for (let turn = 0; turn < 5_000 && upstream.socket.writableLength > 0; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  it('gets a whole response although it sends on behind its last request', async () => {
    await using scene = await Scene.open();
    scene.client.socket.pause();
    const upstream = await scene.request(`GET / HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
    await taken(upstream);
    await arrived(scene.proxy);
    scene.client.write(GET);
    await arrived(scene.proxy);
    scene.client.socket.resume();
    const text = await scene.client.readToEnd();
    expect(text.length - text.indexOf('\r\n\r\n') - 4).toBe(SIZE);
  });

  it('gets all responses although it sends a body on that nobody wants', async () => {
    await using scene = await Scene.open();
    scene.client.socket.pause();
    const unwanted = 'POST / HTTP/1.1\r\nHost: b.example\r\nContent-Length: 9000000\r\n\r\n';
    const upstream = await scene.request(GET + unwanted);
    await taken(upstream);
    scene.client.write('x'.repeat(5_000_000));
    for (let round = 0; round < 50; round += 1) await arrived(scene.proxy);
    scene.client.socket.resume();
    const text = await scene.client.readTo('no route for this host and path\n');
    const [, first = '', second = ''] = text.split(/HTTP\/1\.1 (?=\d)/);
    expect(first.length - first.indexOf('\r\n\r\n') - 4).toBe(SIZE);
    expect(second).toMatch(/^404 /);
  });

  it('gets the whole response before one that breaks off', async () => {
    await using scene = await Scene.open();
    scene.client.socket.pause();
    const upstream = await scene.request(GET + GET);
    await taken(upstream);
    await upstream.readTo('\r\n\r\n');
    upstream.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel');
    await arrived(scene.proxy);
    upstream.socket.end();
    await arrived(scene.proxy);
    scene.client.socket.resume();
    const text = await scene.client.readToEnd();
    const [, first = '', second = ''] = text.split('HTTP/1.1 200 OK\r\n');
    expect(first.length - first.indexOf('\r\n\r\n') - 4).toBe(SIZE);
    expect(second.endsWith('\r\n\r\n3\r\nhel\r\n')).toBe(true);
  });
});

describe('a time-out', () => {
  it.each([
    ['half a head', 'GET / HTTP/1.1\r\n', limits.headTimeoutMs, 408],
    ['nothing', '', limits.headTimeoutMs, null],
  ])('of a client that sends %s', async (_name, text, durationMs, status) => {
    await using scene = await Scene.open();
    scene.client.write(text);
    if (text !== '') await arrived(scene.proxy);
    scene.proxy.elapse(durationMs + 500);
    const answer = await scene.client.readToEnd();
    expect(answer).toMatch(status === null ? /^$/ : new RegExp(`^HTTP/1.1 ${status} `));
  });

  it('of a client that stops within its body', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request(
      `POST / HTTP/1.1\r\n${HOST}Content-Length: 10\r\n\r\n01234`,
    );
    await upstream.read(5);
    scene.proxy.elapse(limits.bodyTimeoutMs - 1_000);
    scene.client.write('5');
    await upstream.read(1);
    scene.proxy.elapse(limits.bodyTimeoutMs + 500);
    expect(await scene.client.readToEnd()).toMatch(/^HTTP\/1\.1 408 /);
    await upstream.ended();
  });

  it('of an idle client', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request();
    upstream.write(OK);
    await scene.client.readMessage();
    scene.proxy.elapse(limits.keepAliveTimeoutMs + 500);
    expect(await scene.client.readToEnd()).toBe('');
  });
});
