// HTTP/2 on the client's side, HTTP/1.1 behind: real clients, and upstreams that write raw bytes.

import { constants } from 'node:http2';
import { describe, expect, test } from 'vitest';
import { limits } from '#base/limits.ts';
import {
  data,
  Flag,
  FrameType,
  fieldBlock,
  frame,
  headers,
  request,
  rstStream,
  settings,
} from '../support/http2-frames.ts';
import { Http2Peer, statusOf } from '../support/http2-peer.ts';
import { answerOf } from '../support/http2-request.ts';
import { answering, ok, startHttp2Scene } from '../support/http2-scene.ts';

/** A whole request that no route answers. */
const ELSEWHERE = request().map(([name, value]): [string, string] =>
  name === ':authority' ? [name, 'elsewhere.test'] : [name, value],
);

function manyFields(count: number, value = ''): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, value]));
}

describe('requests', () => {
  const cases: readonly [name: string, fields: Record<string, string | string[]>, lines: RegExp][] =
    [
      [
        'method and path become the request line',
        { ':method': 'PUT', ':path': '/a/../b?c' },
        /^PUT \/b\?c HTTP\/1\.1\r\nHost: a\.test\r\n/,
      ],
      ['cookie crumbs are joined', { cookie: ['a=1', 'b=2'] }, /\r\ncookie: a=1; b=2\r\n/],
      ['TE: trailers is passed on', { te: 'trailers' }, /\r\nConnection: TE\r\nTE: trailers\r\n/],
      [
        'a body without a length goes in chunks',
        { ':method': 'POST' },
        /\r\nTransfer-Encoding: chunked\r\n/,
      ],
      [
        'claims about the client are replaced',
        { 'x-forwarded-for': '9.9.9.9' },
        /\r\nX-Forwarded-For: 127\.0\.0\.1\r\n/,
      ],
      ['bytes above 0x7f stay', { 'x-name': 'caf\xe9' }, /\r\nx-name: caf\xe9\r\n/],
    ];

  test.each(cases)('%s', async (_, fields, lines) => {
    await using scene = await startHttp2Scene();
    const stream = scene.client.open(fields);
    const peer = await scene.upstream.accept();
    expect(`${await peer.readTo('\r\n\r\n')}`).toMatch(lines);
    stream.close();
  });

  const tooLarge: readonly [name: string, fields: Record<string, string>][] = [
    ['32 KiB', { 'x-large': 'x'.repeat(limits.headBytesMax) }],
    ['128 fields', manyFields(limits.headFieldsMax)],
  ];

  test.each(tooLarge)('a head past %s is answered with 431', async (_, fields) => {
    await using scene = await startHttp2Scene();
    const { status, body } = await scene.client.request(fields);
    expect(status).toBe(431);
    expect(body).not.toBe('');
    expect(await scene.client.request({ ':authority': 'elsewhere.test' })).toMatchObject({
      status: 404,
    });
  });

  const farTooLarge: readonly [name: string, fields: Record<string, string>][] = [
    ['64 KiB', manyFields(8, 'x'.repeat(limits.http2HeadBytesMax / 8))],
    ['256 fields', manyFields(limits.http2HeadFieldsMax)],
  ];

  test.each(farTooLarge)(
    'a head past %s gets the same answer, and the session goes on',
    async (_, fields) => {
      await using scene = await startHttp2Scene();
      await using peer = await Http2Peer.connect(scene.proxy.port);
      const block = fieldBlock(request(...Object.entries(fields)));
      const size = 16_384;
      const first = frame(FrameType.headers, Flag.endStream, 1, block.subarray(0, size));
      const rest = Array.from({ length: Math.floor(block.length / size) }, (_, index) =>
        frame(FrameType.continuation, 0, 1, block.subarray((index + 1) * size, (index + 2) * size)),
      );
      const end = frame(FrameType.continuation, Flag.endHeaders, 1);
      peer.write(first, ...rest, end, headers(3, ELSEWHERE));
      const refusal = await peer.find(({ streamId }) => streamId === 1);
      expect(statusOf(refusal!)).toBe('431');
      const answer = await peer.find(
        ({ type, streamId }) => type === FrameType.headers && streamId === 3,
      );
      expect(statusOf(answer!)).toBe('404');
    },
  );

  test('a POST without content says so', async () => {
    await using scene = await startHttp2Scene();
    await using peer = await Http2Peer.connect(scene.proxy.port);
    peer.write(
      headers(
        1,
        request().map(([name, value]) => [name, name === ':method' ? 'POST' : value]),
      ),
    );
    const upstream = await scene.upstream.accept();
    expect(await upstream.readTo('\r\n\r\n')).toContain('\r\nContent-Length: 0\r\n');
  });

  test('a body of 1 MiB arrives as it is', async () => {
    await using scene = await startHttp2Scene();
    const body = Buffer.alloc(1 << 20, 'headgate ');
    const answer = scene.client.request({ ':method': 'POST', 'content-length': body.length }, body);
    const peer = await scene.upstream.accept();
    await peer.readTo('\r\n\r\n');
    expect(await peer.read(body.length)).toBe(body.toString('latin1'));
    peer.write(ok('done'));
    expect((await answer).body).toBe('done');
  });

  test('a body that is cut off never looks complete', async () => {
    await using scene = await startHttp2Scene();
    await using peer = await Http2Peer.connect(scene.proxy.port);
    peer.write(headers(1, request(), Flag.endHeaders), data(1, 'part'));
    const upstream = await scene.upstream.accept();
    await upstream.readTo('part\r\n');
    peer.write(rstStream(1, constants.NGHTTP2_NO_ERROR));
    expect(await upstream.readToEnd()).toBe('');
  });

  test('an upstream that does not read stops the client', async () => {
    await using scene = await startHttp2Scene();
    const stream = scene.client.open({ ':method': 'POST' });
    stream.on('error', () => {});
    const peer = await scene.upstream.accept();
    peer.socket.pause();
    const piece = Buffer.alloc(65_536);
    for (let sent = 0; sent < 512; sent += 1) stream.write(piece);
    const { writableLength } = stream;
    // Time-outs look at what is stuck: the body's runs only while the client is waited for.
    scene.proxy.elapse(1);
    expect(writableLength).toBeGreaterThan(0);
    await scene.client.request({ ':authority': 'elsewhere.test' });
    expect(stream.writableLength).toBeGreaterThan(16 << 20);
    stream.close();
  });
});

describe('responses', () => {
  test('fields, repeated ones too, and content', async () => {
    const lines = [
      'X-A:  1 ',
      'X-a: 2',
      'Server: s',
      'Server: t',
      'constructor: c',
      '__proto__: p',
      'TE: x',
      'Keep-Alive: x',
    ];
    await using scene = await startHttp2Scene(answering(ok('hello', ...lines)));
    const { status, fields, body } = await scene.client.request();
    expect(status).toBe(200);
    expect(fields).toMatchObject({
      'x-a': '1, 2',
      server: 's, t',
      constructor: 'c',
      'content-length': '5',
    });
    expect(fields['keep-alive']).toBeUndefined();
    expect(fields.date).toBeDefined();
    expect(body).toBe('hello');
  });

  test('trailers reach who asks for them', async () => {
    const chunks =
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nconstructor: c\r\nx-t: 1\r\nx-t: 2\r\n\r\n';
    await using scene = await startHttp2Scene(answering(chunks));
    const asking = await scene.client.request({ te: 'trailers' });
    expect(asking).toMatchObject({
      body: 'hello',
      trailers: { constructor: 'c', 'x-t': '1, 2' },
      code: 0,
    });
    const silent = await scene.client.request();
    expect(silent).toMatchObject({ body: 'hello', trailers: {}, code: 0 });
  });

  test('interim responses come before the final one', async () => {
    const early = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n';
    await using scene = await startHttp2Scene(answering(early + early + ok('x')));
    expect(await scene.client.request()).toMatchObject({
      interims: [103, 103],
      status: 200,
      body: 'x',
    });
  });

  test('100 (Continue) is the upstream’s to give', async () => {
    await using scene = await startHttp2Scene();
    const stream = scene.client.open({ ':method': 'POST', expect: '100-continue' });
    const answer = answerOf(stream);
    const peer = await scene.upstream.accept();
    expect(await peer.readTo('\r\n\r\n')).toContain('expect: 100-continue');
    const continued = new Promise((resolve) => {
      stream.on('continue', resolve);
    });
    peer.write('HTTP/1.1 100 Continue\r\n\r\n');
    await continued;
    stream.end('body');
    await peer.readTo('0\r\n\r\n');
    peer.write(ok('done'));
    expect(await answer).toMatchObject({ status: 200, body: 'done' });
  });

  const empty: readonly [
    name: string,
    fields: Record<string, string>,
    answer: string,
    status: number,
  ][] = [
    ['HEAD', { ':method': 'HEAD' }, 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 200],
    ['204', {}, 'HTTP/1.1 204 No Content\r\n\r\n', 204],
    [
      '205, whatever follows it',
      {},
      'HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\nhello',
      205,
    ],
    ['304', {}, 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', 304],
    [
      'a refusal of HEAD',
      { ':method': 'HEAD', 'x-large': 'x'.repeat(limits.headBytesMax) },
      '',
      431,
    ],
    ['an error of ours to HEAD', { ':method': 'HEAD', ':authority': 'elsewhere.test' }, '', 404],
  ];

  test.each(empty)('no content: %s', async (_, fields, answer, status) => {
    await using scene = await startHttp2Scene(answering(answer));
    expect(await scene.client.request(fields)).toMatchObject({ status, body: '', code: 0 });
  });

  test('a response that breaks off is reset, and never ended', async () => {
    await using scene = await startHttp2Scene();
    await using peer = await Http2Peer.connect(scene.proxy.port);
    peer.write(headers(1));
    const upstream = await scene.upstream.accept();
    upstream.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
    await peer.find(({ type }) => type === FrameType.data);
    upstream.socket.destroy();
    const next = await peer.find(({ streamId }) => streamId === 1);
    expect(next).toMatchObject({ type: FrameType.rstStream, payload: Buffer.from([0, 0, 0, 2]) });
  });

  test('a response to half a request is complete, and the rest is not wanted', async () => {
    await using scene = await startHttp2Scene(answering(ok('early')));
    await using peer = await Http2Peer.connect(scene.proxy.port);
    peer.write(headers(1, request(), Flag.endHeaders));
    const last = await peer.find(({ type, flags }) => type === FrameType.data && (flags & 1) === 1);
    expect(last).not.toBeNull();
    const reset = await peer.find(({ type }) => type === FrameType.rstStream);
    expect(reset?.payload.readUInt32BE(0)).toBe(constants.NGHTTP2_NO_ERROR);
    peer.write(data(1, 'late', Flag.endStream), headers(3));
    expect(
      await peer.find(({ type, streamId }) => type === FrameType.headers && streamId === 3),
    ).not.toBeNull();
  });

  test('a client that does not read stops the upstream, and in time loses its stream', async () => {
    await using scene = await startHttp2Scene();
    // A window of one byte.
    await using peer = await Http2Peer.connect(scene.proxy.port, settings([4, 1]));
    peer.write(headers(1));
    const upstream = await scene.upstream.accept();
    await upstream.readTo('\r\n\r\n');
    const size = 64 << 20;
    upstream.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
    for (let sent = 0; sent < size; sent += 65_536) upstream.socket.write(Buffer.alloc(65_536));
    await peer.find(({ type }) => type === FrameType.data);
    await scene.client.request({ ':authority': 'elsewhere.test' });
    scene.proxy.elapse(limits.sendTimeoutMs + limits.timerTickMs * 2);
    const reset = await peer.find(({ type }) => type === FrameType.rstStream);
    expect(reset?.payload.readUInt32BE(0)).toBe(constants.NGHTTP2_CANCEL);
    await upstream.ended();
    expect(upstream.socket.bytesWritten).toBeLessThan(size / 2);
  });
});
