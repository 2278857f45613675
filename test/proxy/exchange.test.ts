// What a client gets for what an upstream sends: raw bytes on both sides.

import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { startProxy } from '../support/proxy-fixture.ts';
import { type RawPeer, startRawServer } from '../support/raw-peer.ts';
import { GET, HOST, OK, Scene } from '../support/relay-scene.ts';

describe('a response', () => {
  it.each([
    // upstream sends                                                  client gets
    [
      'with Content-Length',
      'HTTP/1.1 200 OK\r\nDate: d\r\nContent-Length: 2\r\n\r\nok',
      'HTTP/1.1 200 OK\r\nDate: d\r\nContent-Length: 2\r\n\r\nok',
    ],
    [
      'chunked is framed anew, without extensions and trailers',
      'HTTP/1.1 200 OK\r\nDate: d\r\nTransfer-Encoding: chunked\r\n\r\n' +
        '2;x=y\r\nab\r\n3\r\ncde\r\n0\r\nT: u\r\n\r\n',
      'HTTP/1.1 200 OK\r\nDate: d\r\nTransfer-Encoding: chunked\r\n\r\n' +
        '2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n',
    ],
    [
      '204 without a body',
      'HTTP/1.1 204 No Content\r\nDate: d\r\n\r\n',
      'HTTP/1.1 204 No Content\r\nDate: d\r\n\r\n',
    ],
    [
      '304 with the length of what it stands for',
      'HTTP/1.1 304 Not Modified\r\nDate: d\r\nContent-Length: 9\r\n\r\n',
      'HTTP/1.1 304 Not Modified\r\nDate: d\r\nContent-Length: 9\r\n\r\n',
    ],
    [
      'interim ones first',
      'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n' +
        'HTTP/1.1 200 OK\r\nDate: d\r\nContent-Length: 0\r\n\r\n',
      'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n' +
        'HTTP/1.1 200 OK\r\nDate: d\r\nContent-Length: 0\r\n\r\n',
    ],
  ])('%s', async (_name, sent, expected) => {
    await using scene = await Scene.open();
    const upstream = await scene.request();
    upstream.write(sent);
    expect(await scene.client.read(expected.length)).toBe(expected);
    // Both connections go on: the next request meets the same upstream connection.
    scene.client.write(GET);
    await upstream.readTo('\r\n\r\n');
    upstream.write(OK);
    expect((await scene.client.readMessage()).body).toBe('ok');
    expect(scene.server.accepted).toBe(1);
    expect(scene.proxy.counters.read('upstreamReuses')).toBe(1);
  });

  it('means the same however it is cut into packets', async () => {
    const text =
      'HTTP/1.1 200 OK\r\nDate: d\r\nTransfer-Encoding: chunked\r\n\r\n' +
      '2\r\nab\r\n0\r\n\r\nHTTP';
    await using scene = await Scene.open();
    let upstream = await scene.request();
    for (let cut = 1; cut < text.length - 4; cut += 1) {
      upstream.write(text.slice(0, cut));
      // The proxy has certainly read the first piece once a request on another connection came
      // back.
      await using other = await scene.proxy.connect();
      other.write('GET / HTTP/1.1\r\nHost: unknown.example\r\n\r\n');
      await other.readMessage();
      upstream.write(text.slice(cut, -4));
      const head = await scene.client.readTo('\r\n\r\n');
      expect(head).toBe(text.slice(0, text.indexOf('\r\n\r\n') + 4));
      const body = await scene.client.readTo('0\r\n\r\n');
      expect(['2\r\nab\r\n0\r\n\r\n', '1\r\na\r\n1\r\nb\r\n0\r\n\r\n']).toContain(body);
      scene.client.write(GET);
      await upstream.readTo('\r\n\r\n');
    }
    upstream.write(OK);
    expect((await scene.client.readMessage()).body).toBe('ok');
    upstream = upstream as RawPeer;
    expect(scene.server.accepted).toBe(1);
  });

  it('has its trailers where the client takes them, without those that frame or route', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request(
      `GET / HTTP/1.1\r\n${HOST}TE: trailers\r\nConnection: TE\r\n\r\n`,
    );
    upstream.write(
      'HTTP/1.1 200 OK\r\nDate: d\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n' +
        '0\r\nServer-Timing: x\r\nContent-Length: 9\r\nTransfer-Encoding: gzip\r\n\r\n',
    );
    expect(await scene.client.readTo('Timing: x\r\n\r\n')).toBe(
      'HTTP/1.1 200 OK\r\nDate: d\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n' +
        '0\r\nServer-Timing: x\r\n\r\n',
    );
  });

  it('to HEAD has no body, whatever its length says', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request(`HEAD / HTTP/1.1\r\n${HOST}\r\n`);
    const head = 'HTTP/1.1 200 OK\r\nDate: d\r\nContent-Length: 1000\r\n\r\n';
    upstream.write(head);
    expect(await scene.client.read(head.length)).toBe(head);
    scene.client.write(GET);
    await upstream.readTo('\r\n\r\n');
    upstream.write(OK);
    expect((await scene.client.readMessage()).body).toBe('ok');
  });

  it('that ends with its connection is chunked for HTTP/1.1', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request();
    upstream.write('HTTP/1.1 200 OK\r\nDate: d\r\n\r\nhello');
    upstream.socket.end();
    expect(await scene.client.readTo('0\r\n\r\n')).toBe(
      'HTTP/1.1 200 OK\r\nDate: d\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    );
  });

  it.each([
    ['that ends with its connection', 'HTTP/1.1 200 OK\r\nDate: d\r\n\r\nhello'],
    [
      'that is chunked',
      'HTTP/1.1 200 OK\r\nDate: d\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    ],
  ])('%s ends with the connection for HTTP/1.0', async (_name, sent) => {
    await using scene = await Scene.open();
    const upstream = await scene.request(`GET / HTTP/1.0\r\n${HOST}Connection: keep-alive\r\n\r\n`);
    upstream.write(sent);
    upstream.socket.end();
    expect(await scene.client.readToEnd()).toBe(
      'HTTP/1.1 200 OK\r\nDate: d\r\nConnection: close\r\n\r\nhello',
    );
  });

  it('to HTTP/1.0 has no interim ones, and keeps the connection where asked', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request(`GET / HTTP/1.0\r\n${HOST}Connection: keep-alive\r\n\r\n`);
    upstream.write(`HTTP/1.1 103 Early Hints\r\n\r\n${OK}`);
    const { head } = await scene.client.readMessage();
    expect(head.split('\r\n')).toEqual([
      'HTTP/1.1 200 OK',
      'Date: then',
      'Content-Length: 2',
      'Connection: keep-alive',
    ]);
  });

  it.each([
    ['a bad status line', 'HTTP/1.1 two hundred\r\n\r\n'],
    ['a bad field line', 'HTTP/1.1 200 OK\r\nX : y\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok'],
    ['more than it announced', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nok'],
    ['a body to 204', 'HTTP/1.1 204 No Content\r\n\r\nok'],
    ['an upgrade that nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['a bad chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    ['an endless head', `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(8_000)}`],
    ['endless interim ones', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(20)],
  ])('with %s is 502, and its connection is not used again', async (_name, sent) => {
    await using scene = await Scene.open();
    const upstream = await scene.request();
    upstream.write(sent);
    const { head } = await lastMessage(scene.client);
    expect(head).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\nDate: .*\r\nServer: headgate\r\n/);
    await upstream.ended();
    const next = await scene.request();
    next.write(OK);
    expect((await scene.client.readMessage()).body).toBe('ok');
    expect(scene.server.accepted).toBe(2);
  });

  it('that never comes is 502 after three endpoints', async () => {
    await using server = await startRawServer((peer) => {
      peer.socket.on('data', () => peer.socket.end());
    });
    await using proxy = await startProxy({ 'a.example': [server.endpoint] });
    await using client = await proxy.connect();
    client.write(GET);
    expect((await client.readMessage()).head).toMatch(/^HTTP\/1\.1 502 /);
    expect(server.accepted).toBe(limits.attemptsMax);
    client.write(`POST / HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`);
    expect((await client.readMessage()).head).toMatch(/^HTTP\/1\.1 502 /);
    expect(server.accepted).toBe(limits.attemptsMax + 1);
  });

  it.each([
    ['of known length', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhel'],
    ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel'],
  ])('%s that stops early never looks complete: the client is reset', async (_name, sent) => {
    await using scene = await Scene.open();
    const upstream = await scene.request();
    upstream.write(sent);
    await scene.client.readTo('hel');
    upstream.socket.end();
    await scene.client.ended();
    expect(scene.client.wasReset).toBe(true);
  });

  it('with bytes behind it that nobody asked for ends the upstream connection', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request();
    upstream.write(OK);
    await scene.client.readMessage();
    upstream.write(OK);
    await upstream.ended();
    const next = await scene.request();
    next.write(OK);
    expect((await scene.client.readMessage()).body).toBe('ok');
  });
});

/** Skips interim responses. */
async function lastMessage(client: RawPeer): Promise<{ head: string; body: string }> {
  for (let count = 0; count <= limits.interimResponsesMax; count += 1) {
    const message = await client.readMessage();
    if (!message.head.startsWith('HTTP/1.1 1')) return message;
  }
  throw new Error('no final response');
}

describe('a published snapshot', () => {
  it('is seen by the next request on an open connection', async () => {
    await using first = await startRawServer((peer) => answerAll(peer, 'first'));
    await using second = await startRawServer((peer) => answerAll(peer, 'second'));
    await using proxy = await startProxy({ 'a.example': [first.endpoint] });
    await using client = await proxy.connect();
    client.write(GET);
    expect((await client.readMessage()).body).toBe('first');
    proxy.publish({ 'a.example': [second.endpoint] });
    client.write(GET);
    expect((await client.readMessage()).body).toBe('second');
    proxy.publish({});
    client.write(GET);
    expect((await client.readMessage()).head).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('gives each endpoint its turn', async () => {
    await using first = await startRawServer((peer) => answerAll(peer, 'first'));
    await using second = await startRawServer((peer) => answerAll(peer, 'second'));
    await using proxy = await startProxy({ 'a.example': [first.endpoint, second.endpoint] });
    await using client = await proxy.connect();
    const bodies: string[] = [];
    for (let count = 0; count < 10; count += 1) {
      client.write(GET);
      bodies.push((await client.readMessage()).body);
    }
    expect(bodies.filter((body) => body === 'first')).toHaveLength(5);
    expect(bodies.every((body, index) => index === 0 || body !== bodies[index - 1])).toBe(true);
  });

  function answerAll(peer: RawPeer, body: string): void {
    peer.socket.on('data', (text: string) => {
      const requests = text.split('\r\n\r\n').length - 1;
      peer.write(
        `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`.repeat(requests),
      );
    });
  }
});
