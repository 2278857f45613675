// Any frames, in any pieces, to a real session: it lives or ends as RFC 9113 says, and how the
// bytes were cut makes no difference to that.

import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomFrames, randomPieces } from '../support/fuzz/random-frames.ts';
import { ERROR_NAMES, FrameType, PREFACE, ping, settings } from '../support/http2-frames.ts';
import { Http2Peer } from '../support/http2-peer.ts';
import { type ProxyFixture, startProxy } from '../support/proxy-fixture.ts';
import { type RawServer, startRawServer } from '../support/raw-peer.ts';
import { seededRandom } from '../support/seeded-random.ts';

const PROBE = 'probe me';

let upstream: RawServer;
let proxy: ProxyFixture;

beforeAll(async () => {
  upstream = await startRawServer(() => {});
  proxy = await startProxy({ 'a.test': [upstream.endpoint] }, { h2c: true });
});

afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

/** The error that has ended the session; `lives` if a PING behind it all is answered. */
async function outcomeOf(pieces: readonly Buffer[]): Promise<string> {
  await using peer = new Http2Peer(await proxy.connect());
  for (const piece of pieces) {
    peer.write(piece);
    await setImmediate();
  }
  for (;;) {
    const frame = await peer.read();
    if (frame === null) return 'end';
    const { type, flags, payload } = frame;
    if (type === FrameType.goaway) return ERROR_NAMES[payload.readUInt32BE(4)]!;
    if (type === FrameType.ping && flags === 1 && payload.toString('latin1') === PROBE) {
      return 'lives';
    }
  }
}

it.each(Array.from({ length: 100 }, (_, seed) => seed))('seed %d', async (seed) => {
  const random = seededRandom(seed);
  const frames = [PREFACE, settings(), ...randomFrames(random), ping(PROBE)];
  const bytes = Buffer.concat(frames);
  const whole = await outcomeOf([bytes]);
  expect(['lives', ...ERROR_NAMES]).toContain(whole);
  expect(await outcomeOf(randomPieces(random, bytes))).toBe(whole);
});
