// What a hostile client of HTTP/2 can send without end: its session goes, the worker stays, and so
// do the sessions of others. Each flood has a count of its own, so that one that is let through
// ends the test.

import { connect } from 'node:http2';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { limits } from '#base/limits.ts';
import {
  data,
  type Fields,
  Flag,
  FrameType,
  fieldBlock,
  frame,
  headers,
  ping,
  request,
  rstStream,
  settings,
  windowUpdate,
} from '../support/http2-frames.ts';
import { Http2Peer } from '../support/http2-peer.ts';
import { type ProxyFixture, startProxy } from '../support/proxy-fixture.ts';
import { type RawServer, startRawServer } from '../support/raw-peer.ts';

const OPEN = Flag.endHeaders;
const POST: Fields = request(['content-length', '9']).map(([name, value]) =>
  name === ':method' ? [name, 'POST'] : [name, value],
);

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

/** Another client is answered as if nothing had happened. */
async function expectService(port: number): Promise<void> {
  const session = connect(`http://127.0.0.1:${port}`);
  const stream = session.request({ ':path': '/', ':authority': 'elsewhere.test' });
  const status = await new Promise((resolve) => {
    stream.on('response', (fields) => resolve(fields[':status']));
  });
  session.destroy();
  expect(status).toBe(404);
}

function streamId(index: number): number {
  return 2 * index + 1;
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

const FLOODS: readonly (readonly [
  name: string,
  count: number,
  batch: (index: number) => readonly Buffer[],
  ending: string,
])[] = [
  [
    'rapid reset: requests that are cancelled at once',
    2_000,
    (index) => [headers(streamId(index)), rstStream(streamId(index))],
    'ENHANCE_YOUR_CALM',
  ],
  [
    'made-you-reset: requests that we have to reset',
    2_000,
    (index) => [headers(streamId(index), POST, OPEN), data(streamId(index), 'few', 1)],
    'INTERNAL_ERROR',
  ],
  [
    'requests that are malformed',
    2_000,
    (index) => [headers(streamId(index), request(['connection', 'x']))],
    'INTERNAL_ERROR',
  ],
  [
    'CONTINUATION without end',
    10_000,
    (index) => [
      index === 0
        ? headers(1, request(), Flag.endStream)
        : frame(FrameType.continuation, 0, 1, fieldBlock([['a', 'b'.repeat(1_000)]])),
    ],
    'INTERNAL_ERROR',
  ],
  [
    'empty CONTINUATION frames',
    10_000,
    (index) => [index === 0 ? headers(1, request(), 1) : frame(9, 0, 1)],
    'INTERNAL_ERROR',
  ],
  ['settings', 20_000, () => times(10, () => settings([3, 100])), 'ENHANCE_YOUR_CALM'],
  ['empty settings', 20_000, () => times(20, () => settings()), 'ENHANCE_YOUR_CALM'],
  ['pings', 20_000, () => times(20, () => ping()), 'ENHANCE_YOUR_CALM'],
  [
    'empty DATA frames',
    5_000,
    (index) => [index === 0 ? headers(1, POST, OPEN) : frame(FrameType.data, 0, 1)],
    'INTERNAL_ERROR',
  ],
  ['streams past the limit', 2_000, (index) => [headers(streamId(index))], 'INTERNAL_ERROR'],
];

/** Nothing tells of these; the session is looked at from time to time. */
const SILENT_FLOODS: readonly (readonly [name: string, (index: number) => Buffer])[] = [
  [
    'HPACK bombs: fields of four KiB that take one byte',
    (index) =>
      index === 0
        ? frame(1, 5, 1, fieldBlock([...request(), ['a', 'b'.repeat(4_000)]], 0x40))
        : frame(1, 5, streamId(index), Buffer.alloc(16_000, 0xbe)),
  ],
  ['window updates', () => Buffer.concat(times(1_000, () => windowUpdate(0, 1)))],
  ['priorities', () => Buffer.concat(times(1_000, () => frame(2, 0, 1, Buffer.alloc(5, 3))))],
  ['frames of unknown types', () => frame(0x77, 0, 0, Buffer.alloc(16_000))],
];

describe('floods', () => {
  test.each(FLOODS)('%s', async (_, count, batch, ending) => {
    await using scene = await startScene();
    const { proxy } = scene;
    await using peer = await Http2Peer.connect(proxy.port);
    expect(await flood(peer, count, batch)).toBe(ending);
    await expectService(proxy.port);
  });

  test.each(SILENT_FLOODS)('%s', async (_, piece) => {
    await using scene = await startScene();
    const { proxy } = scene;
    await using peer = await Http2Peer.connect(proxy.port);
    const batch = (index: number): Buffer[] => {
      if (index % 10 === 9) proxy.elapse(limits.http2PatrolMs);
      return [piece(index)];
    };
    expect(await flood(peer, 2_000, batch)).toBe('ENHANCE_YOUR_CALM');
    await expectService(proxy.port);
  });
});
