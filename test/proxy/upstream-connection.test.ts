// How connections to an upstream are reused, given up, and held back.

import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { GET, HOST, OK, Scene } from '../support/relay-scene.ts';

describe('an idle upstream connection', () => {
  it('that died is noticed, or the request is sent again over a fresh one', async () => {
    await using scene = await Scene.open();
    const stale = await scene.request();
    stale.write(OK);
    await scene.client.readMessage();
    // The upstream takes the next request and closes without a byte, as one that has just timed
    // out.
    scene.client.write(GET);
    await stale.readTo('\r\n\r\n');
    stale.socket.resetAndDestroy();
    const fresh = await scene.server.accept();
    expect(await fresh.readTo('\r\n')).toBe('GET / HTTP/1.1\r\n');
    fresh.write(OK);
    expect((await scene.client.readMessage()).body).toBe('ok');
    expect(scene.proxy.counters.read('upstreamRetries')).toBe(1);
  });

  it('never gets a request twice that may not be repeated', async () => {
    await using scene = await Scene.open();
    const stale = await scene.request();
    stale.write(OK);
    await scene.client.readMessage();
    scene.client.write(`POST / HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\nhi`);
    await stale.readTo('hi');
    stale.socket.resetAndDestroy();
    expect((await scene.client.readMessage()).head).toMatch(/^HTTP\/1\.1 502 /);
    expect(scene.server.accepted).toBe(1);
  });

  it('is left before the upstream leaves it, as its Keep-Alive says', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request();
    upstream.write('HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\nok');
    await scene.client.readMessage();
    scene.proxy.elapse(4_500);
    await upstream.ended();
  });
});

describe('a time-out', () => {
  it('of an upstream that does not answer is 504', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request();
    scene.proxy.elapse(limits.responseTimeoutMs + 500);
    expect((await scene.client.readMessage()).head).toMatch(/^HTTP\/1\.1 504 /);
    await upstream.ended();
    expect(scene.proxy.counters.read('upstreamTimeouts')).toBe(1);
  });

  it('of an upstream that stops within its body resets the client', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request();
    upstream.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhel');
    await scene.client.readTo('hel');
    scene.proxy.elapse(limits.streamIdleTimeoutMs + 500);
    await scene.client.ended();
    expect(scene.client.wasReset).toBe(true);
  });

  it('of a response begins anew with each piece of it', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request();
    scene.proxy.elapse(limits.responseTimeoutMs - 1_000);
    upstream.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n');
    await scene.client.readTo('\r\n\r\n');
    scene.proxy.elapse(limits.streamIdleTimeoutMs - 1_000);
    upstream.write('o');
    await scene.client.readTo('o');
    scene.proxy.elapse(limits.streamIdleTimeoutMs - 1_000);
    upstream.write('k');
    await scene.client.readTo('k');
  });
});

describe('back-pressure', () => {
  const SIZE = 64 * 1_024 * 1_024;

  it('stops an upstream whose client does not read', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request();
    scene.client.socket.pause();
    upstream.write(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n`);
    await fillUntilStuck(upstream, SIZE);
    scene.client.socket.resume();
    await scene.client.readTo('\r\n\r\n');
    expect(await scene.client.read(1_024)).toBe('x'.repeat(1_024));
  });

  it('stops a client whose upstream does not read', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request(
      `POST / HTTP/1.1\r\n${HOST}Content-Length: ${SIZE}\r\n\r\n`,
    );
    upstream.socket.pause();
    await fillUntilStuck(scene.client, SIZE);
    upstream.socket.resume();
    expect(await upstream.read(1_024)).toBe('x'.repeat(1_024));
  });

  /**
   * Writes until the kernel takes no more; far less than `size` if the proxy holds the rest back.
   */
  async function fillUntilStuck(peer: RawPeer, size: number): Promise<void> {
    const piece = Buffer.alloc(1_024 * 1_024, 'x');
    let sent = 0;
    for (let turns = 0; turns < 200 && sent < size; turns += 1) {
      if (peer.socket.writableLength === 0) {
        peer.socket.write(piece);
        sent += piece.length;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(sent).toBeLessThan(size / 2);
  }
});
