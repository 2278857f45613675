import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import { limits } from '#base/limits.ts';
import { TimerWheel } from '#proxy/timer-wheel.ts';
import { ByteRelay } from '#proxy/tls/byte-relay.ts';
import { RawPeer } from '../support/raw-peer.ts';

const MUCH = Buffer.alloc(16 * 1024 * 1024, 'abc');
const WAIT = { timeout: 10_000, interval: 5 };

/** Two ends, and the relay between the sockets that they are connected to. */
async function startRelay() {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const join = async (): Promise<[end: Socket, side: Socket]> => {
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const end = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    const [side] = await accepted;
    for (const socket of [end, side]) socket.on('error', () => {});
    return [end, side];
  };
  const [one, oneSide] = await join();
  const [other, otherSide] = await join();
  const wheel = new TimerWheel(0);
  new ByteRelay(wheel, [oneSide, otherSide]);
  return {
    one,
    other,
    wheel,
    sides: [oneSide, otherSide] as const,
    [Symbol.asyncDispose]: async () => {
      for (const socket of [one, other, oneSide, otherSide]) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** In steps that the wheel does not take for a machine that was suspended. */
function elapse(wheel: TimerWheel, fromMs: number, durationMs: number): void {
  for (let ms = fromMs; ms <= fromMs + durationMs; ms += 10_000) wheel.advance(ms);
}

describe('a relay', () => {
  it('pauses the source of what nobody takes, and goes on when somebody does', async () => {
    await using relay = await startRelay();
    relay.other.pause();
    relay.one.end(MUCH);
    await vi.waitFor(() => expect(relay.sides[0].isPaused()).toBe(true), WAIT);
    expect(relay.sides[1].writableLength).toBeLessThan(MUCH.length / 2);
    expect((await buffer(relay.other)).equals(MUCH)).toBe(true);
  });

  it('passes the end of one direction on, and leaves the other open', async () => {
    await using relay = await startRelay();
    const [one, other] = [new RawPeer(relay.one), new RawPeer(relay.other)];
    relay.one.end('question');
    expect(await other.readToEnd()).toBe('question');
    relay.other.end('answer');
    expect(await one.readToEnd()).toBe('answer');
    const areClosed = () => expect(relay.sides.every((side) => side.closed)).toBe(true);
    await vi.waitFor(areClosed, WAIT);
  });

  it('resets one side when the other is reset', async () => {
    await using relay = await startRelay();
    const other = new RawPeer(relay.other);
    relay.one.resetAndDestroy();
    await other.ended();
    expect(other.wasReset).toBe(true);
  });

  it('breaks off when nothing has passed for as long as a tunnel may be idle', async () => {
    await using relay = await startRelay();
    elapse(relay.wheel, 0, limits.tunnelIdleTimeoutMs - 20_000);
    expect(relay.sides.some((side) => side.destroyed)).toBe(false);
    elapse(relay.wheel, limits.tunnelIdleTimeoutMs - 20_000, 40_000);
    expect(relay.sides.every((side) => side.destroyed)).toBe(true);
  });

  it('breaks off sooner when somebody does not take what waits', async () => {
    await using relay = await startRelay();
    relay.other.pause();
    relay.one.write(MUCH);
    await vi.waitFor(() => expect(relay.sides[0].isPaused()).toBe(true), WAIT);
    elapse(relay.wheel, 0, limits.sendTimeoutMs + 10_000);
    expect(relay.sides.every((side) => side.destroyed)).toBe(true);
  });
});
