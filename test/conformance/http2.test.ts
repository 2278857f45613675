// The table of raw frames, run against a data plane with a backend that answers everything.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HttpBackend } from '../support/http-backend.ts';
import type { Outcome } from '../support/http2-case.ts';
import { ERROR_NAMES, FrameType, ping, settings } from '../support/http2-frames.ts';
import { type Frame, Http2Peer, statusOf } from '../support/http2-peer.ts';
import { type ProxyFixture, startProxy } from '../support/proxy-fixture.ts';
import { type RawServer, startRawServer } from '../support/raw-peer.ts';
import { FRAME_CASES } from './http2-frames.ts';
import { MESSAGE_CASES } from './http2-messages.ts';

const PROBE = 'outcome?';

function outcomeOf({ type, flags, payload }: Frame): string | null {
  if (type === FrameType.goaway) return `session ${ERROR_NAMES[payload.readUInt32BE(4)]}`;
  if (type === FrameType.rstStream) return `stream ${ERROR_NAMES[payload.readUInt32BE(0)]}`;
  if (type === FrameType.ping && flags === 1) {
    return payload.toString('latin1') === PROBE ? 'lives' : null;
  }
  return null;
}

/** The first frame that says what has become of the case. */
async function observe(peer: Http2Peer, expected: Outcome): Promise<string> {
  for (let frame = await peer.read(); frame !== null; frame = await peer.read()) {
    if (frame.type === FrameType.headers && expected.startsWith('status')) {
      return `status ${statusOf(frame)}`;
    }
    const outcome = outcomeOf(frame);
    if (outcome === 'session NO_ERROR') continue;
    // An answer takes longer than that of a PING.
    if (outcome !== null && (outcome !== 'lives' || expected === 'lives')) return outcome;
  }
  return 'end';
}

let backend: HttpBackend;
let held: RawServer;
let proxy: ProxyFixture;

beforeAll(async () => {
  backend = await HttpBackend.start('backend');
  held = await startRawServer(({ socket }) => socket.pause());
  proxy = await startProxy(
    { 'a.test': [{ address: '127.0.0.1', port: backend.port }], 'held.test': [held.endpoint] },
    { h2c: true },
  );
});

afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await backend[Symbol.asyncDispose]();
  await held[Symbol.asyncDispose]();
});

describe.each([...FRAME_CASES, ...MESSAGE_CASES])('$rule', ({ name, frames, outcome, opening }) => {
  test(`${name}: ${outcome}`, async () => {
    await using peer = await Http2Peer.connect(proxy.port, opening ?? settings());
    peer.write(...frames, ping(PROBE));
    expect(await observe(peer, outcome)).toBe(outcome);
  });
});
