import { expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { ClosedStreams } from '#proxy/http2/closed-streams.ts';

it('remembers how streams have ended, so many of each kind', () => {
  const closed = new ClosedStreams();
  const { http2ResetStreamsMax, http2EndedStreamsMax } = limits;
  for (let id = 1; id <= http2ResetStreamsMax + 1; id += 1) closed.addReset(id);
  for (let id = 1; id <= http2EndedStreamsMax + 1; id += 1) closed.addEnded(10_000 + id);
  expect([1, 2, http2ResetStreamsMax + 1, 10_002].map((id) => closed.wasReset(id))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect([10_001, 10_002, 2].map((id) => closed.hasEnded(id))).toEqual([false, true, false]);
});
