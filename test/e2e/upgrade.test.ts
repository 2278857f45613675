// Upgrades: what passes once both sides have agreed to speak another protocol (RFC 9110 7.8).

import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { arrived, GET, HOST, OK, Scene } from '../support/relay-scene.ts';

const UPGRADE = `GET /ws HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
const SWITCHING =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX: y\r\n\r\n';

/** Agrees on a tunnel; returns the upstream's end of it. */
async function openTunnel(scene: Scene): Promise<RawPeer> {
  const upstream = await scene.request(UPGRADE);
  upstream.write(SWITCHING);
  await scene.client.readTo('\r\n\r\n');
  return upstream;
}

describe('an upgrade', () => {
  it('is asked for and agreed to anew on each side', async () => {
    await using scene = await Scene.open();
    scene.client.write(UPGRADE);
    const upstream = await scene.server.accept();
    const head = await upstream.readTo('\r\n\r\n');
    expect(head).toContain('\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n');
    upstream.write(SWITCHING);
    expect(await scene.client.readTo('\r\n\r\n')).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nX: y\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
  });

  it('passes bytes both ways as they are, also those that come with the heads', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request(`${UPGRADE}early`);
    upstream.write(`${SWITCHING}hello`);
    await scene.client.readTo('\r\n\r\n');
    expect(await scene.client.read(5)).toBe('hello');
    expect(await upstream.read(5)).toBe('early');
    for (let round = 0; round < 100; round += 1) {
      const message = `\x81\x00\xff${round}\r\n\r\n0\r\n\r\n`;
      scene.client.write(message);
      expect(await upstream.read(message.length)).toBe(message);
      upstream.write(message);
      expect(await scene.client.read(message.length)).toBe(message);
    }
  });

  it('passes a large transfer whole in both directions at once', async () => {
    await using scene = await Scene.open();
    const upstream = await openTunnel(scene);
    const size = 4 * 1_024 * 1_024;
    const up = Buffer.alloc(size, 'u').toString('latin1');
    const down = Buffer.alloc(size, 'd').toString('latin1');
    scene.client.write(up);
    upstream.write(down);
    expect((await upstream.read(size)) === up).toBe(true);
    expect((await scene.client.read(size)) === down).toBe(true);
  });

  it('is half-closed by the client, and the rest still comes', async () => {
    await using scene = await Scene.open();
    const upstream = await openTunnel(scene);
    scene.client.socket.end('last');
    expect(await upstream.readToEnd()).toBe('last');
    upstream.socket.end('rest');
    expect(await scene.client.readToEnd()).toBe('rest');
  });

  it('that the client half-closed before the upstream agreed is half-closed there too', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request(UPGRADE);
    scene.client.socket.end();
    await arrived(scene.proxy);
    upstream.write(SWITCHING);
    expect(await upstream.readToEnd()).toBe('');
    upstream.socket.end('rest');
    expect(await scene.client.readToEnd()).toMatch(/\r\n\r\nrest$/);
  });

  it('is half-closed by the upstream, and the rest still arrives', async () => {
    await using scene = await Scene.open();
    const upstream = await openTunnel(scene);
    upstream.socket.end('last');
    expect(await scene.client.readToEnd()).toBe('last');
    scene.client.socket.end('rest');
    expect(await upstream.readToEnd()).toBe('rest');
  });

  it.each(['client', 'upstream'] as const)(
    'that the %s resets ends on the other side',
    async (who) => {
      await using scene = await Scene.open();
      const upstream = await openTunnel(scene);
      const [leaver, stayer] =
        who === 'client' ? [scene.client, upstream] : [upstream, scene.client];
      leaver.socket.resetAndDestroy();
      await stayer.ended();
      expect(scene.proxy.counters.read('downstreamConnections')).toBe(1);
    },
  );

  it('that is refused is an ordinary response, and the connection goes on', async () => {
    await using scene = await Scene.open();
    const upstream = await scene.request(UPGRADE);
    upstream.write(OK);
    expect((await scene.client.readMessage()).body).toBe('ok');
    scene.client.write(GET);
    await upstream.readTo('\r\n\r\n');
    upstream.write(OK);
    expect((await scene.client.readMessage()).body).toBe('ok');
  });

  it.each([
    ['to nothing in particular', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n'],
    ['without saying so in Connection', 'HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n'],
  ])('that the upstream agrees to %s is 502', async (_name, sent) => {
    await using scene = await Scene.open();
    const upstream = await scene.request(UPGRADE);
    upstream.write(sent);
    expect((await scene.client.readMessage()).head).toMatch(/^HTTP\/1\.1 502 /);
  });

  it('ends when nothing passes for the tunnel time-out, not before', async () => {
    await using scene = await Scene.open();
    const upstream = await openTunnel(scene);
    scene.proxy.elapse(limits.tunnelIdleTimeoutMs - 60_000);
    upstream.write('ping');
    await scene.client.read(4);
    scene.proxy.elapse(limits.tunnelIdleTimeoutMs - 60_000);
    scene.client.write('pong');
    await upstream.read(4);
    scene.proxy.elapse(limits.tunnelIdleTimeoutMs + 1_000);
    await scene.client.ended();
    await upstream.ended();
    expect(scene.client.wasReset).toBe(true);
  });

  it('stays open when its route changes', async () => {
    await using scene = await Scene.open();
    const upstream = await openTunnel(scene);
    for (let change = 0; change < 100; change += 1) {
      scene.proxy.publish({});
      await arrived(scene.proxy);
    }
    upstream.write('still here');
    expect(await scene.client.read(10)).toBe('still here');
  });
});
