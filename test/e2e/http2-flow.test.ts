// Responses that share a session: nobody waits for the whole of another one, and closed windows
// hold up no more than they have to.

import { describe, expect, test } from 'vitest';
import { limits } from '#base/limits.ts';
import { ErrorCode } from '#proxy/http2/frame-format.ts';
import {
  data,
  FrameType,
  headers,
  OPEN,
  ping,
  post,
  rstStream,
  settings,
  windowUpdate,
} from '../support/http2-frames.ts';
import { type Frame, Http2Peer } from '../support/http2-peer.ts';
import { answering, ok, startHttp2Scene } from '../support/http2-scene.ts';
import { startProxy } from '../support/proxy-fixture.ts';
import { type RawPeer, startRawServer } from '../support/raw-peer.ts';

const LARGE = 4 << 20;
const WINDOW_MAX = 2 ** 31 - 1;
const SESSION_WINDOW = 65_535;

const isData = ({ type }: Frame): boolean => type === FrameType.data;

/** Content that has come on a stream, until it ends or `count` bytes have. */
async function readContent(peer: Http2Peer, count: number): Promise<Map<number, number>> {
  const sizes = new Map<number, number>();
  for (let total = 0; total < count; ) {
    const frame = await peer.find(isData);
    if (frame === null) break;
    total += frame.payload.length;
    sizes.set(frame.streamId, (sizes.get(frame.streamId) ?? 0) + frame.payload.length);
  }
  return sizes;
}

/** Answers its head at once, and reads nothing more. */
function answerEarly(peer: RawPeer): void {
  void peer.readTo('\r\n\r\n').then(() => peer.write(ok('x'.repeat(LARGE))));
}

describe('a client that reads nothing', () => {
  test.each([
    ['more content', data(1, 'x')],
    ['the end of the content', data(1, 'x', 1)],
  ])('has no more time for it when it sends %s', async (_, frame) => {
    await using upstream = await startRawServer(answerEarly);
    await using proxy = await startProxy({ 'a.test': [upstream.endpoint] }, { h2c: true });
    await using peer = await Http2Peer.connect(proxy.port, settings([4, 0]));
    peer.write(headers(1, post(), OPEN));
    await peer.find(({ type }) => type === FrameType.headers);
    // All of this is one thread: by then the upstream has been read as far as it is.
    for (let round = 0; round < 10; round += 1) {
      peer.write(ping());
      await peer.find(({ type }) => type === FrameType.ping);
    }
    peer.write(frame, ping());
    await peer.find(({ type }) => type === FrameType.ping);
    proxy.elapse(limits.sendTimeoutMs + 2 * limits.timerTickMs);
    peer.write(ping());
    const end = await peer.find(({ type }) => type === FrameType.rstStream);
    expect(end?.payload.readUInt32BE()).toBe(ErrorCode.cancel);
  });
});

describe('responses that share a session', () => {
  test('a large one arrives whole', async () => {
    const body = Array.from({ length: LARGE >> 3 }, (_, at) => String(at).padStart(8, '0')).join(
      '',
    );
    await using scene = await startHttp2Scene(answering(ok(body)));
    const answer = await scene.client.request();
    expect(answer.status).toBe(200);
    expect(answer.body === body).toBe(true);
  });

  test('take turns', async () => {
    await using upstream = await startRawServer(answering(ok('x'.repeat(LARGE))));
    await using proxy = await startProxy({ 'a.test': [upstream.endpoint] }, { h2c: true });
    await using peer = await Http2Peer.connect(proxy.port, settings([4, WINDOW_MAX]));
    peer.write(windowUpdate(0, WINDOW_MAX - SESSION_WINDOW), headers(1), headers(3));
    const sizes = await readContent(peer, LARGE);
    expect([...sizes.keys()].toSorted()).toEqual([1, 3]);
    for (const size of sizes.values()) expect(size).toBeLessThan(LARGE);
  });

  test('a small one does not wait for the windows of another stream', async () => {
    await using upstream = await startRawServer(answering(ok('x'.repeat(LARGE))));
    await using proxy = await startProxy({ 'a.test': [upstream.endpoint] }, { h2c: true });
    await using peer = await Http2Peer.connect(proxy.port, settings([4, 100]));
    peer.write(headers(1));
    await readContent(peer, 100);
    peer.write(headers(3));
    expect(await readContent(peer, 100)).toEqual(new Map([[3, 100]]));
    peer.write(windowUpdate(1, 7));
    expect(await readContent(peer, 7)).toEqual(new Map([[1, 7]]));
  });

  test('heads pass while the window of the session is closed', async () => {
    await using upstream = await startRawServer(answering(ok('x'.repeat(LARGE))));
    await using proxy = await startProxy({ 'a.test': [upstream.endpoint] }, { h2c: true });
    await using peer = await Http2Peer.connect(proxy.port, settings([4, WINDOW_MAX]));
    peer.write(headers(1));
    await readContent(peer, SESSION_WINDOW);
    peer.write(headers(3));
    const head = await peer.find(({ type }) => type === FrameType.headers);
    expect(head?.streamId).toBe(3);
    peer.write(windowUpdate(0, 50_000));
    const sizes = await readContent(peer, 50_000);
    expect([...sizes.keys()].toSorted()).toEqual([1, 3]);
  });

  test('a stream that is reset while it waits for that window is not in the way', async () => {
    await using upstream = await startRawServer(answering(ok('x'.repeat(LARGE))));
    await using proxy = await startProxy({ 'a.test': [upstream.endpoint] }, { h2c: true });
    await using peer = await Http2Peer.connect(proxy.port, settings([4, WINDOW_MAX]));
    peer.write(headers(1));
    await readContent(peer, SESSION_WINDOW);
    peer.write(rstStream(1), headers(3));
    const head = await peer.find(({ type }) => type === FrameType.headers);
    expect(head?.streamId).toBe(3);
  });

  test('a window that is made smaller is kept to, and may be less than nothing', async () => {
    await using upstream = await startRawServer(answering(ok('x'.repeat(LARGE))));
    await using proxy = await startProxy({ 'a.test': [upstream.endpoint] }, { h2c: true });
    await using peer = await Http2Peer.connect(proxy.port, settings([4, 1_000]));
    peer.write(headers(1));
    await readContent(peer, 1_000);
    peer.write(settings([4, 10]), windowUpdate(1, 989));
    peer.write(windowUpdate(1, 6));
    expect(await readContent(peer, 5)).toEqual(new Map([[1, 5]]));
  });
});
