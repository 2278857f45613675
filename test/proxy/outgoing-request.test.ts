// What is sent to a second endpoint after the first has not looked at it, or could not be reached.

import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { FLAGS, frame, okFrame, readRequest, startHttp2Backend } from '../support/http2-backend.ts';
import {
  GET,
  goaway,
  POST,
  proxyTo,
  RawHttp2Scene,
  reset,
} from '../support/http2-upstream-scene.ts';

describe('a request that an endpoint has not looked at', () => {
  // biome-ignore format: a table
  it.each<[string, (stream: number) => string]>([
    ['was refused',              (stream) => reset(stream, 'refused')],
    ['is not covered by GOAWAY', () => goaway(0, 'none')],
  ])('goes again if it %s, whatever its method', async (_, answer) => {
    await using scene = await RawHttp2Scene.open();
    const { peer, stream } = await scene.request(GET.replace('GET', 'POST'));
    peer.write(answer(stream));
    const again = answer(stream).includes(goaway(0, 'none'))
      ? await scene.accept()
      : { peer, stream: await readRequest(peer) };
    again.peer.write(okFrame(again.stream, FLAGS.endStream));
    expect((await scene.client.readMessage()).head).toMatch(/^HTTP\/1\.1 200 /);
    expect(scene.proxy.counters.read('upstreamRetries')).toBe(1);
  });

  it('goes again with its body, and with what comes later of it', async () => {
    await using scene = await RawHttp2Scene.open();
    const { peer, stream } = await scene.request(`${POST}3\r\none\r\n`);
    await peer.readTo('one');
    peer.write(reset(stream, 'refused'));
    const again = await readRequest(peer);
    await peer.readTo('one');
    scene.client.write('3\r\ntwo\r\n0\r\n\r\n');
    await peer.readTo('two');
    peer.write(okFrame(again, FLAGS.endStream));
    expect((await scene.client.readMessage()).head).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('goes again with a body that has ended', async () => {
    await using scene = await RawHttp2Scene.open();
    const { peer } = await scene.request(`${POST}3\r\none\r\n0\r\n\r\n`);
    await peer.readTo('one');
    peer.write(goaway(0, 'none'));
    const again = await scene.accept();
    await again.peer.readTo(frame('data', FLAGS.endStream, again.stream, 'one').slice(3));
    again.peer.write(okFrame(again.stream, FLAGS.endStream));
    expect((await scene.client.readMessage()).head).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('goes three times in all, and once at no cost', async () => {
    await using scene = await RawHttp2Scene.open();
    const { peer, stream } = await scene.request(`${POST}0\r\n\r\n`);
    peer.write(reset(stream, 'refused'));
    peer.write(reset(await readRequest(peer), 'refused'));
    peer.write(reset(await readRequest(peer), 'refused'));
    expect((await scene.client.readMessage()).head).toMatch(/^HTTP\/1\.1 502 /);
    expect(scene.proxy.counters.read('upstreamRetries')).toBe(2);
  });

  // biome-ignore format: a table
  it.each([
    [limits.keptBodyBytesMax,     'REFUSED_STREAM', /^HTTP\/1\.1 200 /],
    [limits.keptBodyBytesMax + 1, 'REFUSED_STREAM', /^HTTP\/1\.1 502 /],
  ])('with a body of %i bytes and %s is answered %s', async (size, _, expected) => {
    const refused = { code: 7, times: 0 };
    await using backend = await startHttp2Backend((stream) => {
      let bytes = 0;
      stream.on('data', (piece: Buffer) => {
        bytes += piece.length;
        if (bytes < size) return;
        refused.times += 1;
        if (refused.times === 1) stream.close(refused.code);
        else stream.respond({ ':status': 200 }, { endStream: true });
      });
    });
    await using proxy = await proxyTo(backend.endpoint);
    await using client = await proxy.connect();
    client.write(`POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: ${size}\r\n\r\n`);
    client.write('x'.repeat(size));
    expect((await client.readMessage()).head).toMatch(expected);
    expect(proxy.plane.pools.keptBytes.total).toBe(0);
  });
});
