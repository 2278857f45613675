// How the connections of HTTP/1.1 leave when their worker drains, by a clock that the test moves.

import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import type { ProxyFixture } from '../support/proxy-fixture.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { arrived, HOST, OK, Scene } from '../support/relay-scene.ts';

const ASKING = 'OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n';

/** One that has had an answer on its connection. */
async function idleClient(proxy: ProxyFixture): Promise<RawPeer> {
  const idle = await proxy.connect();
  idle.write(ASKING);
  await idle.readMessage();
  return idle;
}

describe('a drain', () => {
  it('answers what runs, and the next request of an idle connection, as the last', async () => {
    await using scene = await Scene.open();
    await using idle = await idleClient(scene.proxy);
    const upstream = await scene.request();
    const drained = scene.proxy.drain();
    upstream.write(OK);
    expect(await scene.client.readToEnd()).toContain('\r\nConnection: close\r\n\r\nok');
    scene.client.socket.end();
    idle.write(ASKING);
    expect(await idle.readToEnd()).toContain('\r\nConnection: close\r\n');
    idle.socket.end();
    await drained;
    expect(scene.proxy.counters.read('downstreamConnectionsClosed')).toBe(2);
  });

  it('waits for idle connections half of its time', async () => {
    await using scene = await Scene.open();
    await using idle = await idleClient(scene.proxy);
    await using other = await idleClient(scene.proxy);
    const drained = scene.proxy.drain(20_000);
    scene.proxy.elapse(9_000);
    idle.write(ASKING);
    expect(await idle.readToEnd()).toContain('\r\nConnection: close\r\n');
    scene.proxy.elapse(1_500);
    expect(await other.readToEnd()).toBe('');
    for (const peer of [idle, other, scene.client]) peer.socket.end();
    await drained;
  });

  it('gives a client that was told to go on a moment, though its time was over', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request();
    upstream.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no');
    await scene.client.readTo('\r\n\r\n');
    void scene.proxy.drain(20_000);
    scene.proxy.elapse(19_000);
    upstream.write('k');
    await scene.client.readTo('ok');
    scene.client.write(ASKING);
    expect(await scene.client.readToEnd()).toContain('\r\nConnection: close\r\n');
  });

  it('ends a tunnel in its last quarter, from the upstream on', async () => {
    await using scene = await Scene.open();
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    const upstream = await scene.request(`GET / HTTP/1.1\r\n${HOST}${upgrade}`);
    upstream.write(`HTTP/1.1 101 Switching Protocols\r\n${upgrade}`);
    await scene.client.readTo('\r\n\r\n');
    const drained = scene.proxy.drain(20_000);
    scene.proxy.elapse(14_000);
    scene.client.write('still here');
    expect(await upstream.read(10)).toBe('still here');
    scene.proxy.elapse(5_500);
    expect(await upstream.readToEnd()).toBe('');
    upstream.socket.end('bye');
    expect(await scene.client.readToEnd()).toBe('bye');
    scene.client.socket.end();
    await drained;
    expect(scene.client.wasReset).toBe(false);
  });

  it('ends at once what is idle when it has no time', async () => {
    await using scene = await Scene.open();
    await using idle = await idleClient(scene.proxy);
    void scene.proxy.drain(0);
    expect(await idle.readToEnd()).toBe('');
    idle.socket.end();
  });

  it('answers the first request of a connection that was opened just before', async () => {
    await using scene = await Scene.open();
    await arrived(scene.proxy);
    const drained = scene.proxy.drain();
    const upstream = await scene.request();
    upstream.write(OK);
    expect(await scene.client.readToEnd()).toContain('\r\nConnection: close\r\n\r\nok');
    scene.client.socket.end();
    await drained;
  });

  it('waits a moment for that request, and then ends the connection', async () => {
    await using scene = await Scene.open();
    await arrived(scene.proxy);
    const drained = scene.proxy.drain();
    scene.proxy.elapse(limits.headTimeoutMs + 2 * limits.timerTickMs);
    expect(await scene.client.readToEnd()).toBe('');
    scene.client.socket.end();
    await drained;
  });
});
