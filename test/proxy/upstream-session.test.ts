// Connections of HTTP/2 to endpoints: when they take requests, and when they end.

import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { FLAGS, frame, okFrame } from '../support/http2-backend.ts';
import { GET, goaway, proxyTo, RawHttp2Scene } from '../support/http2-upstream-scene.ts';
import { startRawServer } from '../support/raw-peer.ts';

describe('a session', () => {
  it('that says GOAWAY finishes its streams, and takes no more', async () => {
    await using scene = await RawHttp2Scene.open();
    const { peer, stream } = await scene.request();
    peer.write(goaway(stream, 'none') + okFrame(stream));
    await scene.client.readTo('\r\n\r\n');
    await using other = await scene.proxy.connect();
    other.write(GET);
    const next = await scene.accept();
    peer.write(frame('data', FLAGS.endStream, stream, 'last'));
    await scene.client.readTo('last\r\n0\r\n\r\n');
    await peer.ended();
    next.peer.write(okFrame(next.stream, FLAGS.endStream));
    await other.readMessage();
    expect(scene.server.accepted).toBe(2);
  });

  it('without streams is closed when it has been idle', async () => {
    await using scene = await RawHttp2Scene.open();
    const { peer, stream } = await scene.request();
    peer.write(okFrame(stream, FLAGS.endStream));
    await scene.client.readMessage();
    scene.proxy.elapse(limits.upstreamIdleTimeoutMs + 500);
    await peer.ended();
  });

  it('is asked for a sign of life when a stream is silent, and goes without one', async () => {
    await using scene = await RawHttp2Scene.open();
    const { peer } = await scene.request();
    scene.proxy.elapse(limits.responseTimeoutMs + 500);
    expect((await scene.client.readMessage()).head).toMatch(/^HTTP\/1\.1 504 /);
    await peer.readTo(frame('ping', 0, 0).slice(3, 9).replace(/^./, '\x06'));
    scene.proxy.elapse(limits.upstreamPingTimeoutMs + 500);
    await peer.ended();
    expect(scene.proxy.counters.read('upstreamTimeouts')).toBe(1);
  });

  it('that nobody accepts is a connect failure', async () => {
    await using server = await startRawServer();
    await using proxy = await proxyTo({ ...server.endpoint });
    await server[Symbol.asyncDispose]();
    await using client = await proxy.connect();
    client.write(GET);
    expect((await client.readMessage()).head).toMatch(/^HTTP\/1\.1 502 /);
    expect(proxy.counters.read('upstreamConnectFailures')).toBe(3);
  });

  it('with a peer that speaks something else is an error', async () => {
    await using server = await startRawServer((peer) => peer.write('HTTP/1.1 400 Bad\r\n\r\n'));
    await using proxy = await proxyTo(server.endpoint);
    await using client = await proxy.connect();
    client.write(GET.replace('GET', 'POST'));
    expect((await client.readMessage()).body).toMatch(/the upstream does not speak HTTP\/2/);
  });
});
