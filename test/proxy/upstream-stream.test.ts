// Requests to upstreams that speak HTTP/2, from clients that speak HTTP/1.1.

import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { describe, expect, it, vi } from 'vitest';
import { FLAGS, frame, okFrame, startHttp2Backend } from '../support/http2-backend.ts';
import {
  type Code,
  GET,
  POST,
  proxyTo,
  RawHttp2Scene,
  reset,
} from '../support/http2-upstream-scene.ts';

const WAIT = { timeout: 5_000, interval: 5 };

describe('a request over HTTP/2', () => {
  it('has its fields in lower case, and none of its connection', async () => {
    const seen: string[][] = [];
    await using backend = await startHttp2Backend((stream, _headers, list) => {
      seen.push(list);
      stream.respond({ ':status': 204 }, { endStream: true });
    });
    await using proxy = await proxyTo(backend.endpoint);
    await using client = await proxy.connect();
    client.write(
      'GET /p?q HTTP/1.1\r\nHost: a.example:80\r\nX-A: 1\r\nx-a: \xc3\xa0\r\nTE: trailers\r\n' +
        'Connection: keep-alive, X-Gone, TE\r\nX-Gone: 1\r\nX-Request-ID: id\r\n\r\n',
    );
    expect((await client.readMessage()).head).toMatch(/^HTTP\/1\.1 204 No Content\r\n/);
    expect(seen).toEqual([
      [
        ...[':method', 'GET', ':scheme', 'http', ':path', '/p?q', ':authority', 'a.example:80'],
        ...['x-a', '1', 'x-a', '\xc3\xa0', 'x-request-id', 'id'],
        ...['x-forwarded-for', '127.0.0.1', 'x-real-ip', '127.0.0.1', 'x-forwarded-proto', 'http'],
        ...['x-forwarded-port', `${proxy.port}`, 'x-forwarded-host', 'a.example:80'],
        ...['te', 'trailers'],
      ],
    ]);
  });

  it('has its body, and the response has its own', async () => {
    await using backend = await startHttp2Backend((stream) => {
      stream.respond({ ':status': 200, 'content-type': 'text/plain' });
      stream.pipe(stream);
    });
    await using proxy = await proxyTo(backend.endpoint);
    await using client = await proxy.connect();
    const body = 'x'.repeat(1_000_000);
    client.write(`POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: ${body.length}\r\n\r\n`);
    client.write(body);
    expect(await client.readTo('\r\n\r\n')).toMatch(/transfer-encoding: chunked/i);
    expect(dechunked(await client.readTo('\r\n0\r\n\r\n'))).toBe(body);
  });

  it('goes both ways at once', async () => {
    await using backend = await startHttp2Backend((stream) => {
      stream.respond({ ':status': 200 });
      stream.on('data', (bytes: Buffer) => stream.write(`<${bytes}>`));
      stream.on('end', () => stream.end());
    });
    await using proxy = await proxyTo(backend.endpoint);
    await using client = await proxy.connect();
    client.write(POST);
    for (const word of ['one', 'two', 'six']) {
      client.write(`3\r\n${word}\r\n`);
      await client.readTo(`<${word}>`);
    }
    client.write('0\r\n\r\n');
    await client.readTo('0\r\n\r\n');
  });

  it('shares its session with others', async () => {
    const held: ServerHttp2Stream[] = [];
    await using backend = await startHttp2Backend((stream) => held.push(stream));
    await using proxy = await proxyTo(backend.endpoint);
    const clients = await Promise.all(Array.from({ length: 20 }, () => proxy.connect()));
    for (const client of clients) client.write(GET);
    await vi.waitFor(() => expect(held).toHaveLength(20), WAIT);
    for (const stream of held) stream.respond({ ':status': 200 }, { endStream: true });
    for (const client of clients) {
      expect((await client.readMessage()).head).toMatch(/content-length: 0/i);
      await client[Symbol.asyncDispose]();
    }
    expect(backend.accepted).toBe(1);
  });

  it('in a burst meets as many sessions as the endpoint asks for', async () => {
    const held: ServerHttp2Stream[] = [];
    const settings = { maxConcurrentStreams: 2 };
    await using backend = await startHttp2Backend((stream) => held.push(stream), settings);
    await using proxy = await proxyTo(backend.endpoint);
    const clients = await Promise.all(Array.from({ length: 9 }, () => proxy.connect()));
    for (const client of clients) client.write(GET);
    await vi.waitFor(() => expect(held).toHaveLength(9), WAIT);
    expect(backend.accepted).toBe(5);
    for (const stream of held) stream.respond({ ':status': 200 }, { endStream: true });
    for (const client of clients) {
      expect((await client.readMessage()).head).toMatch(/^HTTP\/1\.1 200 /);
      client.socket.resetAndDestroy();
    }
  });

  it('meets another session where the first takes no more streams', async () => {
    const held: ServerHttp2Stream[] = [];
    const settings = { maxConcurrentStreams: 2 };
    await using backend = await startHttp2Backend((stream) => held.push(stream), settings);
    await using proxy = await proxyTo(backend.endpoint);
    await using first = await proxy.connect();
    first.write(GET);
    await vi.waitFor(() => expect(held).toHaveLength(1), WAIT);
    const clients = await Promise.all(Array.from({ length: 4 }, () => proxy.connect()));
    for (const client of clients) client.write(GET);
    await vi.waitFor(() => expect(held).toHaveLength(5), WAIT);
    expect(backend.accepted).toBe(3);
    for (const client of [first, ...clients]) client.socket.resetAndDestroy();
  });

  it('is cancelled when its client goes', async () => {
    const codes: (number | undefined)[] = [];
    let arrived = 0;
    await using backend = await startHttp2Backend((stream) => {
      arrived += 1;
      stream.on('close', () => codes.push(stream.rstCode));
    });
    await using proxy = await proxyTo(backend.endpoint);
    const client = await proxy.connect();
    client.write(GET);
    await vi.waitFor(() => expect(arrived).toBe(1), WAIT);
    client.socket.resetAndDestroy();
    await vi.waitFor(() => expect(codes).toEqual([8]), WAIT);
    expect(backend.sessions.size).toBe(1);
  });
});

it('a WebSocket is not asked for over HTTP/2', async () => {
  await using backend = await startHttp2Backend((stream) => stream.respond({ ':status': 200 }));
  await using proxy = await proxyTo(backend.endpoint);
  await using client = await proxy.connect();
  client.write(GET.replace('\r\n\r\n', '\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n'));
  expect(await client.readMessage()).toMatchObject({
    head: expect.stringMatching(/^HTTP\/1\.1 502 /),
    body: expect.stringContaining('over which no WebSocket is opened'),
  });
  expect(proxy.counters.read('upstreamRetries')).toBe(0);
});

describe('a response over HTTP/2', () => {
  // biome-ignore format: a table
  it.each([
    ['103 comes before', [{ ':status': 103, link: '</a>' }], { ':status': 200 }, /^HTTP\/1\.1 103 Early Hints\r\nlink: <\/a>\r\n\r\nHTTP\/1\.1 200 OK\r\n/],
    ['fields are repeated', [], { ':status': 200, 'set-cookie': ['a=1', 'b=2'] }, /set-cookie: a=1\r\nset-cookie: b=2\r\n/],
    ['the status has no name', [], { ':status': 299 }, /^HTTP\/1\.1 299 \r\n/],
  ] as const)('is passed on if %s', async (_, interims, headers, expected) => {
    await using backend = await startHttp2Backend((stream) => {
      for (const interim of interims) stream.additionalHeaders(interim);
      stream.respond(headers as OutgoingHttpHeaders);
      stream.end('.');
    });
    await using proxy = await proxyTo(backend.endpoint);
    await using client = await proxy.connect();
    client.write(GET);
    expect(await client.readTo('0\r\n\r\n')).toMatch(expected);
  });

  it('brings its trailers to a client that takes them', async () => {
    await using backend = await startHttp2Backend((stream) => {
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end('.');
    });
    await using proxy = await proxyTo(backend.endpoint);
    await using client = await proxy.connect();
    client.write(GET.replace('\r\n\r\n', '\r\nTE: trailers\r\nConnection: TE\r\n\r\n'));
    await client.readTo('0\r\ngrpc-status: 0\r\n\r\n');
    client.write(GET);
    await client.readTo('0\r\n\r\n');
  });

  it('to HEAD keeps its length', async () => {
    await using backend = await startHttp2Backend((stream) => {
      stream.respond({ ':status': 200, 'content-length': 7 }, { endStream: true });
    });
    await using proxy = await proxyTo(backend.endpoint);
    await using client = await proxy.connect();
    client.write(GET.replace('GET', 'HEAD'));
    expect(await client.readTo('\r\n\r\n')).toMatch(/content-length: 7\r\n/);
    client.write(GET.replace('GET', 'HEAD'));
    await client.readTo('\r\n\r\n');
  });

  it('waits for a client that does not read', async () => {
    const written = { bytes: 0 };
    await using backend = await startHttp2Backend((stream) => {
      stream.respond({ ':status': 200 });
      const more = (): void => {
        while (written.bytes < 64_000_000) {
          written.bytes += 100_000;
          if (!stream.write(Buffer.alloc(100_000, 'x'))) break;
        }
        if (written.bytes >= 64_000_000) stream.end();
      };
      stream.on('drain', more);
      more();
    });
    await using proxy = await proxyTo(backend.endpoint);
    await using client = await proxy.connect();
    client.socket.pause();
    client.write(GET);
    let before = -1;
    await vi.waitFor(
      () => {
        const isStuck = written.bytes === before && before > 0;
        before = written.bytes;
        expect(isStuck).toBe(true);
      },
      { timeout: 5_000, interval: 100 },
    );
    expect(written.bytes).toBeLessThan(32_000_000);
    client.socket.resume();
    await client.readTo('\r\n\r\n');
    const wasWritten = written.bytes;
    await vi.waitFor(() => expect(written.bytes).toBeGreaterThan(wasWritten), WAIT);
    client.socket.resetAndDestroy();
  });
});

describe('a stream that breaks off', () => {
  // biome-ignore format: a table
  it.each([
    // code, after,     the client gets,              counted as
    ['internal', 'nothing', /^HTTP\/1\.1 502 .*\r\n/, 'upstreamProtocolErrors'],
    ['protocol', 'nothing', /^HTTP\/1\.1 502 .*\r\n/, 'upstreamProtocolErrors'],
    ['none',     'nothing', /^HTTP\/1\.1 502 .*\r\n/, 'upstreamProtocolErrors'],
  ] as const)('by a reset (%s) after %s is an error', async (code, _, expected, counter) => {
    await using scene = await RawHttp2Scene.open();
    const { peer, stream } = await scene.request(`${POST}0\r\n\r\n`);
    peer.write(reset(stream, code));
    expect((await scene.client.readMessage()).head).toMatch(expected);
    expect(scene.proxy.counters.read(counter)).toBe(1);
    expect(scene.server.accepted).toBe(1);
  });

  it.each<Code>(['none', 'internal', 'cancel'])(
    'by a reset (%s) within its body is no complete one',
    async (code) => {
      await using scene = await RawHttp2Scene.open();
      const { peer, stream } = await scene.request();
      peer.write(okFrame(stream) + frame('data', 0, stream, 'half'));
      await scene.client.readTo('half');
      peer.write(reset(stream, code));
      await scene.client.ended();
      expect(scene.client.wasReset).toBe(true);
    },
  );

  it('by the end of its connection is no complete one', async () => {
    await using scene = await RawHttp2Scene.open();
    const { peer, stream } = await scene.request();
    peer.write(okFrame(stream) + frame('data', 0, stream, 'half'));
    await scene.client.readTo('half');
    peer.socket.end();
    await scene.client.ended();
    expect(scene.client.wasReset).toBe(true);
  });

  it('is whole if it ends before a reset without error', async () => {
    await using scene = await RawHttp2Scene.open();
    const { peer, stream } = await scene.request(POST);
    const data = frame('data', FLAGS.endStream, stream, 'all');
    peer.write(okFrame(stream) + data + reset(stream, 'none'));
    await scene.client.readTo('all\r\n0\r\n\r\n');
  });
});

function dechunked(text: string): string {
  let body = '';
  for (let at = 0; ; ) {
    const lineEnd = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (size === 0) return body;
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
}
