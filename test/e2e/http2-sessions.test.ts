// How sessions of HTTP/2 begin, wait, and end.

import { execFile } from 'node:child_process';
import { constants } from 'node:http2';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { limits } from '#base/limits.ts';
import {
  data,
  Flag,
  FrameType,
  frame,
  headers,
  OPEN,
  PREFACE,
  ping,
  request,
  rstStream,
  settings,
} from '../support/http2-frames.ts';
import { type Frame, Http2Peer, statusOf } from '../support/http2-peer.ts';
import { Http2Client } from '../support/http2-request.ts';
import { startProxy } from '../support/proxy-fixture.ts';
import { startRawServer } from '../support/raw-peer.ts';

const run = promisify(execFile);
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** What asks whether a client has read that the process leaves, behind the words for it. */
async function heardNotice(peer: Http2Peer): Promise<Frame> {
  const notice = await peer.find(({ type }) => type === FrameType.goaway);
  expect(notice?.payload.readUInt32BE(0)).toBe(2 ** 31 - 1);
  expect(notice?.payload.readUInt32BE(4)).toBe(constants.NGHTTP2_NO_ERROR);
  return (await peer.find(({ type }) => type === FrameType.ping))!;
}

function pong({ payload }: Frame): Buffer {
  return frame(FrameType.ping, Flag.ack, 0, payload);
}

function isLastOfStream({ type, flags }: Frame): boolean {
  return type === FrameType.data && (flags & Flag.endStream) !== 0;
}

describe('the beginning', () => {
  test('HTTP/1.1 is spoken on the same port', async () => {
    await using proxy = await startProxy({}, { h2c: true });
    await using peer = await proxy.connect();
    for (const byte of 'PRI / HTTP/1.1\r\nHost: a\r\n\r\n') peer.write(byte);
    expect((await peer.readMessage()).head).toMatch(/^HTTP\/1\.1 404 /);
    peer.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect((await peer.readMessage()).head).toMatch(/^HTTP\/1\.1 404 /);
  });

  test('the preface may come byte by byte', async () => {
    await using proxy = await startProxy({}, { h2c: true });
    await using peer = await proxy.connect();
    for (const byte of Buffer.concat([PREFACE, settings(), ping('here I !')]).toString('latin1')) {
      peer.write(byte);
    }
    expect(await peer.readTo('here I !')).toContain('\0\0\x08\x06\x01');
  });

  test.each([
    ['the preface where HTTP/2 is off', false, PREFACE.toString('latin1')],
    ['what only begins like it', true, 'PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n'],
  ])('%s is refused', async (_, h2c, bytes) => {
    await using proxy = await startProxy({}, { h2c });
    await using peer = await proxy.connect();
    peer.write(bytes);
    expect(await peer.readTo('\r\n')).toBe('HTTP/1.1 505 HTTP Version Not Supported\r\n');
  });

  test.each([
    ['nothing', ''],
    ['half a preface', 'PRI * HT'],
    ['a preface and no more', PREFACE.toString('latin1')],
  ])('a client that sends %s is closed in time', async (_, bytes) => {
    await using proxy = await startProxy({}, { h2c: true });
    await using peer = await proxy.connect();
    peer.write(bytes);
    await using other = new Http2Client(proxy.port);
    await other.request();
    for (let waits = 0; waits < 3; waits += 1) proxy.elapse(limits.headTimeoutMs + 200);
    await peer.ended();
    expect(proxy.counters.read('downstreamConnections')).toBe(2);
  });

  test('curl --http2-prior-knowledge', async () => {
    await using upstream = await startRawServer((peer) => {
      void peer.readTo('\r\n\r\n').then(() => peer.write(OK));
    });
    await using proxy = await startProxy({ '127.0.0.1': [upstream.endpoint] }, { h2c: true });
    const url = `http://127.0.0.1:${proxy.port}/`;
    const format = '%{http_version} %{http_code}';
    const { stdout } = await run('curl', ['-s', '-w', format, '--http2-prior-knowledge', url]);
    expect(stdout).toBe('ok2 200');
  });
});

describe('streams', () => {
  test('past the limit are refused, and the others are not touched', async () => {
    await using upstream = await startRawServer();
    await using proxy = await startProxy({ 'a.test': [upstream.endpoint] }, { h2c: true });
    await using peer = await Http2Peer.connect(proxy.port);
    const ids = Array.from({ length: limits.http2StreamsMax + 1 }, (_, index) => 2 * index + 1);
    peer.write(...ids.map((id) => headers(id)));
    const reset = await peer.find(({ type }) => type === FrameType.rstStream);
    expect(reset?.streamId).toBe(ids.at(-1));
    const first = await upstream.accept();
    first.write(OK);
    const answer = await peer.find(({ type }) => type === FrameType.headers);
    expect(statusOf(answer!)).toBe('200');
    peer.peer.socket.destroy();
  });

  test('that are cancelled leave no request behind', async () => {
    const count = limits.http2StreamsMax;
    const allOpen = Promise.withResolvers<void>();
    const allClosed = Promise.withResolvers<void>();
    let opened = 0;
    let closed = 0;
    await using upstream = await startRawServer(({ socket }) => {
      opened += 1;
      if (opened === count) allOpen.resolve();
      socket.on('close', () => {
        closed += 1;
        if (closed === count) allClosed.resolve();
      });
      socket.on('end', () => socket.end());
    });
    await using proxy = await startProxy({ 'a.test': [upstream.endpoint] }, { h2c: true });
    await using peer = await Http2Peer.connect(proxy.port);
    const ids = Array.from({ length: count }, (_, index) => 2 * index + 1);
    peer.write(...ids.map((id) => headers(id)));
    await allOpen.promise;
    peer.write(...ids.map((id) => rstStream(id)), headers(2 * count + 1));
    await allClosed.promise;
    // Others take their place; at no time there were more.
    expect(opened).toBeLessThanOrEqual(count + 1);
  });

  test('that we have reset may have more on its way', async () => {
    await using proxy = await startProxy({}, { h2c: true });
    await using peer = await Http2Peer.connect(proxy.port);
    const trailers = headers(1, [['a', 'b']]);
    peer.write(headers(1, request(['connection', 'x']), OPEN), data(1, 'late'), trailers);
    peer.write(headers(3));
    const reset = await peer.find(({ streamId }) => streamId === 1);
    expect(reset?.payload.readUInt32BE(0)).toBe(constants.NGHTTP2_PROTOCOL_ERROR);
    const answer = await peer.find(({ type }) => type === FrameType.headers);
    expect(answer?.streamId).toBe(3);
  });

  test('a body that stops is answered with 408', async () => {
    await using upstream = await startRawServer();
    await using proxy = await startProxy({ 'a.test': [upstream.endpoint] }, { h2c: true });
    await using peer = await Http2Peer.connect(proxy.port);
    peer.write(headers(1, request(), OPEN), data(1, 'part'));
    const behind = await upstream.accept();
    await behind.readTo('part\r\n');
    proxy.elapse(limits.bodyTimeoutMs + 200);
    const answer = await peer.find(({ type }) => type === FrameType.headers);
    expect(statusOf(answer!)).toBe('408');
    expect(await behind.readToEnd()).toBe('');
  });
});

describe('the end', () => {
  test('an idle session ends in time, when the client has heard of it', async () => {
    await using proxy = await startProxy({}, { h2c: true });
    await using peer = await Http2Peer.connect(proxy.port);
    peer.write(headers(1));
    await peer.find(isLastOfStream);
    proxy.elapse(limits.keepAliveTimeoutMs + 200);
    peer.write(headers(3), pong(await heardNotice(peer)));
    const last = await peer.find(({ type }) => type === FrameType.goaway);
    expect(last?.payload.readUInt32BE(0)).toBe(3);
    await peer.find(isLastOfStream);
    await peer.peer.ended();
  });

  test('a session that is idle when the process leaves hears of it with its next request', async () => {
    await using proxy = await startProxy({}, { h2c: true });
    await using peer = await Http2Peer.connect(proxy.port);
    peer.write(headers(1));
    await peer.find(isLastOfStream);
    const drained = proxy.drain();
    peer.write(headers(3));
    const question = await heardNotice(peer);
    await peer.find(isLastOfStream);
    // On its way when the client had not read that yet; and then behind it, against the rules.
    peer.write(headers(5), pong(question), headers(7));
    const last = await peer.find(({ type }) => type === FrameType.goaway);
    expect(last?.payload.readUInt32BE(0)).toBe(5);
    expect(last?.payload.readUInt32BE(4)).toBe(constants.NGHTTP2_NO_ERROR);
    const answer = await peer.find(({ type }) => type === FrameType.headers);
    expect(answer?.streamId).toBe(5);
    expect(await peer.find(({ streamId }) => streamId === 7)).toBeNull();
    peer.peer.socket.end();
    await drained;
  });

  test('a session that stays idle ends when half of the drain time is over', async () => {
    await using proxy = await startProxy({}, { h2c: true });
    await using client = new Http2Client(proxy.port);
    await client.request();
    const ending = new Promise((resolve) => {
      client.session.on('goaway', resolve);
    });
    const drained = proxy.drain(20_000);
    proxy.elapse(10_200);
    expect(await ending).toBe(constants.NGHTTP2_NO_ERROR);
    await drained;
  });

  test('a client that does not say whether it has heard is not waited for', async () => {
    await using proxy = await startProxy({}, { h2c: true });
    await using peer = await Http2Peer.connect(proxy.port);
    peer.write(headers(1));
    await peer.find(isLastOfStream);
    const drained = proxy.drain();
    peer.write(headers(3));
    await heardNotice(peer);
    await peer.find(isLastOfStream);
    proxy.elapse(limits.http2NoticeMs + limits.http2PatrolMs);
    const last = await peer.find(({ type }) => type === FrameType.goaway);
    expect(last?.payload.readUInt32BE(0)).toBe(3);
    await peer.peer.ended();
    peer.peer.socket.end();
    await drained;
  });

  test('what runs when the process leaves is finished', async () => {
    await using upstream = await startRawServer();
    await using proxy = await startProxy({ 'a.test': [upstream.endpoint] }, { h2c: true });
    await using peer = await Http2Peer.connect(proxy.port);
    peer.write(headers(1));
    const behind = await upstream.accept();
    await behind.readTo('\r\n\r\n');
    const drained = proxy.drain();
    peer.write(pong(await heardNotice(peer)));
    const last = await peer.find(({ type }) => type === FrameType.goaway);
    expect(last?.payload.readUInt32BE(0)).toBe(1);
    peer.write(headers(3), ping('after it'));
    await peer.find(({ payload }) => payload.toString('latin1') === 'after it');
    expect(upstream.accepted).toBe(1);
    behind.write(OK);
    await peer.find(isLastOfStream);
    await peer.peer.ended();
    peer.peer.socket.end();
    await drained;
  });

  test('a client that leaves gets what it has asked for', async () => {
    await using upstream = await startRawServer();
    await using proxy = await startProxy({ 'a.test': [upstream.endpoint] }, { h2c: true });
    await using peer = await Http2Peer.connect(proxy.port);
    peer.write(headers(1), frame(FrameType.goaway, 0, 0, Buffer.alloc(8)));
    const behind = await upstream.accept();
    behind.write(OK);
    expect(await peer.find(isLastOfStream)).not.toBeNull();
    await peer.peer.ended();
  });

  test('a client that breaks the protocol is told so, counted, and takes its requests with it', async () => {
    await using upstream = await startRawServer();
    await using proxy = await startProxy({ 'a.test': [upstream.endpoint] }, { h2c: true });
    await using peer = await Http2Peer.connect(proxy.port);
    peer.write(headers(1));
    const behind = await upstream.accept();
    await behind.readTo('\r\n\r\n');
    peer.write(data(0, 'x'), headers(3));
    expect(await peer.ending()).toBe('PROTOCOL_ERROR');
    expect(await behind.readToEnd()).toBe('');
    expect(upstream.accepted).toBe(1);
    expect(proxy.counters.read('http2SessionErrors')).toBe(1);
    expect(proxy.counters.read('http2Floods')).toBe(0);
  });

  test('a client that goes away takes its requests with it', async () => {
    await using upstream = await startRawServer();
    await using proxy = await startProxy({ 'a.test': [upstream.endpoint] }, { h2c: true });
    const peer = await Http2Peer.connect(proxy.port);
    peer.write(headers(1));
    const behind = await upstream.accept();
    await behind.readTo('\r\n\r\n');
    peer.peer.socket.end();
    expect(await behind.readToEnd()).toBe('');
  });
});
