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
  const relay = new ByteRelay(wheel, [oneSide, otherSide]);
  return {
    one,
    other,
    relay,
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

  it('ends for its first side when it is told to, and carries the rest of the other', async () => {
    await using scene = await startRelay();
    const [one, other] = [new RawPeer(scene.one), new RawPeer(scene.other)];
    one.write('before');
    expect(await other.read(6)).toBe('before');
    scene.relay.endFirst();
    one.write('behind');
    expect(await other.readToEnd()).toBe('');
    scene.other.end(MUCH);
    expect((await one.readToEnd()).length).toBe(MUCH.length);
    scene.one.end();
    const areClosed = () => expect(scene.sides.every((side) => side.closed)).toBe(true);
    await vi.waitFor(areClosed, WAIT);
    expect([one.wasReset, other.wasReset]).toEqual([false, false]);
  });

  it('sends what waits before it ends for its first side', async () => {
    await using scene = await startRelay();
    scene.other.pause();
    scene.one.write(MUCH);
    await vi.waitFor(() => expect(scene.sides[0].isPaused()).toBe(true), WAIT);
    const carried = scene.sides[1].bytesWritten;
    scene.relay.endFirst();
    expect((await buffer(scene.other)).length).toBe(carried);
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
