// What a hostile client of HTTP/2 can send without end: its session goes, the worker stays, and so
// do the sessions of others. Each flood has a count of its own, so that one that is let through
// ends the test.

import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { limits } from '#base/limits.ts';
import * as h2 from '../support/http2-frames.ts';
import { Http2Peer } from '../support/http2-peer.ts';
import { Http2Client } from '../support/http2-request.ts';
import { type ProxyFixture, startProxy } from '../support/proxy-fixture.ts';
import { type RawServer, startRawServer } from '../support/raw-peer.ts';

/** The pseudo-headers that were indexed before one large field, and eight times that field. */
const REPEATED = Buffer.from([0xc2, 0xc1, 0xc0, 0xbf, ...Array(8).fill(0xbe)]);

const POST = h2.post(['content-length', '9']);

interface Scene extends AsyncDisposable {
  readonly proxy: ProxyFixture;
  readonly upstream: RawServer;
}

/** A proxy whose upstream takes requests and never answers them. */
async function startScene(): Promise<Scene> {
  const upstream = await startRawServer(() => {});
  const proxy = await startProxy({ 'a.test': [upstream.endpoint] }, { h2c: true });
  return {
    proxy,
    upstream,
    async [Symbol.asyncDispose]() {
      await upstream[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

/** Sends what `batch` makes until the session ends, `count` times at most. */
async function flood(
  peer: Http2Peer,
  count: number,
  batch: (index: number) => readonly Buffer[],
): Promise<string> {
  const ending = peer.ending();
  const { socket } = peer.peer;
  let isOver = false;
  void ending.then(() => {
    isOver = true;
  });
  for (let index = 0; index < count && !isOver && socket.writable; index += 1) {
    peer.write(...batch(index));
    while (socket.writableLength > 1_000_000 && !isOver && socket.writable) await setImmediate();
    await setImmediate();
  }
  if (!isOver && socket.writable) return 'not stopped';
  return ending;
}

/**
 * Runs a flood, and asks over another connection as long as it goes on; resolves to how the flood
 * has ended and whether all those requests were answered.
 */
async function beset(port: number, run: (peer: Http2Peer) => Promise<string>): Promise<string> {
  await using bystander = new Http2Client(port);
  await bystander.request(ELSEWHERE);
  await using peer = await Http2Peer.connect(port);
  let isOver = false;
  const ending = run(peer).finally(() => {
    isOver = true;
  });
  let answered = 0;
  do {
    const { status } = await bystander.request(ELSEWHERE);
    if (status !== 404) return `a bystander got ${status} after ${answered} answers`;
    answered += 1;
  } while (!isOver);
  return ending;
}

/** Without a route: the answer needs no upstream. */
const ELSEWHERE = { ':authority': 'elsewhere.test' };

function streamId(index: number): number {
  return 2 * index + 1;
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

const FLOODS: readonly (readonly [
  name: string,
  count: number,
  batch: (index: number) => readonly Buffer[],
])[] = [
  [
    'rapid reset: requests that are cancelled at once',
    2_000,
    (index) => [h2.headers(streamId(index)), h2.rstStream(streamId(index))],
  ],
  [
    'made-you-reset: requests that we have to reset',
    2_000,
    (index) => [h2.headers(streamId(index), POST, h2.OPEN), h2.data(streamId(index), 'few', 1)],
  ],
  [
    'requests that are malformed',
    2_000,
    (index) => [h2.headers(streamId(index), h2.request(['connection', 'x']))],
  ],
  [
    'CONTINUATION without end',
    10_000,
    (index) => [
      index === 0
        ? h2.headers(1, h2.request(), h2.Flag.endStream)
        : h2.frame(h2.FrameType.continuation, 0, 1, h2.fieldBlock([['a', 'b'.repeat(1_000)]])),
    ],
  ],
  [
    'empty CONTINUATION frames',
    10_000,
    (index) => [index === 0 ? h2.headers(1, h2.request(), 1) : h2.frame(9, 0, 1)],
  ],
  ['settings', 20_000, () => times(10, () => h2.settings([3, 100]))],
  ['empty settings', 20_000, () => times(20, () => h2.settings())],
  ['pings', 20_000, () => times(20, () => h2.ping())],
  [
    'empty DATA frames',
    5_000,
    (index) => [index === 0 ? h2.headers(1, POST, h2.OPEN) : h2.frame(h2.FrameType.data, 0, 1)],
  ],
  ['streams past the limit', 2_000, (index) => [h2.headers(streamId(index))]],
  [
    'HPACK bombs: fields of four KiB that take one byte',
    2_000,
    (index) => [
      index === 0
        ? h2.frame(1, 5, 1, h2.fieldBlock([...h2.request(), ['a', 'b'.repeat(4_000)]], 0x40))
        : h2.frame(1, 5, streamId(index), Buffer.alloc(16_000, 0xbe)),
    ],
  ],
  ['window updates', 2_000, () => times(1_000, () => h2.windowUpdate(0, 1))],
  ['priorities', 2_000, () => times(1_000, () => h2.frame(2, 0, 1, Buffer.alloc(5, 3)))],
  ['frames of unknown types', 2_000, () => [h2.frame(0x77, 0, 0, Buffer.alloc(16_000))]],
  [
    'windows of all streams that open and close',
    2_000,
    (index) =>
      index === 0
        ? times(limits.http2StreamsMax, (stream) => h2.headers(streamId(stream)))
        : times(100, (round) => h2.settings([4, round % 2])),
  ],
  [
    'settings of many entries',
    10,
    () => [h2.settings(...times(33, (entry) => [4, entry] as const))],
  ],
  [
    'priorities, paid for by heads that are large only when HPACK has decoded them',
    200,
    (index) => [
      index === 0
        ? h2.frame(1, 5, 1, h2.fieldBlock([...h2.request(), ['a', 'b'.repeat(3_000)]], 0x40))
        : h2.frame(1, 5, streamId(index), REPEATED),
      ...times(4_000, () => h2.frame(2, 0, 1, Buffer.alloc(5, 3))),
    ],
  ],
  [
    'trailers that are malformed',
    2_000,
    (index) => [
      h2.headers(streamId(index), POST, h2.OPEN),
      h2.headers(streamId(index), [[':path', '/']]),
    ],
  ],
  [
    'content on requests that were refused',
    2_000,
    (index) => [
      h2.headers(streamId(index), h2.post(['connection', 'x']), h2.OPEN),
      h2.data(streamId(index), 'unread', h2.Flag.endStream),
    ],
  ],
];

describe('floods', () => {
  test.each(FLOODS)('%s', async (_, count, batch) => {
    await using scene = await startScene();
    const { port, counters } = scene.proxy;
    expect(await beset(port, (peer) => flood(peer, count, batch))).toBe('ENHANCE_YOUR_CALM');
    expect(counters.read('http2Floods')).toBe(1);
  });
});

test('content that was on its way when its request was answered is no flood', async () => {
  await using proxy = await startProxy({}, { h2c: true });
  await using peer = await Http2Peer.connect(proxy.port);
  const content = times(4, () => h2.data(1, 'x'.repeat(16_000)));
  let received = 0;
  for (let index = 0; received < 2 * limits.http2IdleBytesMax; index += 1) {
    peer.write(h2.headers(streamId(index), h2.post(), h2.OPEN));
    const end = await peer.find(({ type }) => type === h2.FrameType.rstStream);
    expect(end?.streamId).toBe(streamId(index));
    for (const frame of content) {
      frame.writeUInt32BE(streamId(index), 5);
      received += frame.length;
      peer.write(frame);
    }
  }
  peer.write(h2.ping());
  expect(await peer.find(({ type }) => type === h2.FrameType.ping)).not.toBeNull();
  expect(proxy.counters.read('http2Floods')).toBe(0);
});
