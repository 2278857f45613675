// WebSocket over HTTP/2 (RFC 8441) on the client's side, an Upgrade of HTTP/1.1 behind.

import { createHash } from 'node:crypto';
import { constants } from 'node:http2';
import { describe, expect, test } from 'vitest';
import { limits } from '#base/limits.ts';
import { answerOf } from '../support/http2-request.ts';
import { type Http2Scene, ok, startHttp2Scene } from '../support/http2-scene.ts';

/** The head with which an upstream agrees to the handshake in `request`. */
function agreement(request: string): string {
  const key = /sec-websocket-key: (.*)\r\n/i.exec(request)?.[1] ?? '';
  const accept = createHash('sha1')
    .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: chat\r\n\r\n`;
}

const WEBSOCKET = {
  ':method': 'CONNECT',
  ':protocol': 'websocket',
  ':scheme': 'http',
  'sec-websocket-version': '13',
};

describe('WebSocket (RFC 8441)', () => {
  /** The client's stream, once the settings have come that allow it, and its upstream. */
  async function dial(scene: Http2Scene) {
    const { client, upstream } = scene;
    if (!client.session.remoteSettings.enableConnectProtocol) {
      await new Promise((resolve) => {
        client.session.once('remoteSettings', resolve);
      });
    }
    const stream = client.open(WEBSOCKET);
    const answer = answerOf(stream);
    const peer = await upstream.accept();
    return { stream, answer, peer, request: await peer.readTo('\r\n\r\n') };
  }

  test('an extended CONNECT becomes an Upgrade, and both sides talk', async () => {
    await using scene = await startHttp2Scene();
    const { stream, answer, peer, request } = await dial(scene);
    expect(request).toMatch(/^GET \/ HTTP\/1\.1\r\nHost: a\.test\r\n/);
    expect(request).toMatch(/\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n/);
    peer.write(`${agreement(request)}hello`);
    stream.write('from the client');
    await peer.readTo('from the client');
    stream.end('last');
    expect(await peer.readToEnd()).toBe('last');
    peer.write('bye');
    peer.socket.end();
    const { status, fields, body, code } = await answer;
    expect({ status, body, code }).toEqual({ status: 200, body: 'hellobye', code: 0 });
    expect(fields['sec-websocket-protocol']).toBe('chat');
    expect(fields['sec-websocket-accept']).toBeUndefined();
  });

  test('a refusal is passed on', async () => {
    await using scene = await startHttp2Scene();
    const { stream, answer, peer } = await dial(scene);
    peer.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
    stream.end();
    expect(await answer).toMatchObject({ status: 403, body: 'no' });
  });

  test('an answer without an upgrade is no tunnel', async () => {
    await using scene = await startHttp2Scene();
    const { answer, peer } = await dial(scene);
    peer.write(ok('hello'));
    expect(await answer).toMatchObject({ status: 502, body: '' });
  });

  test('the acceptance of another key is none', async () => {
    await using scene = await startHttp2Scene();
    const { answer, peer } = await dial(scene);
    peer.write(agreement('sec-websocket-key: another\r\n'));
    expect(await answer).toMatchObject({
      status: Number.NaN,
      code: constants.NGHTTP2_CONNECT_ERROR,
    });
  });

  test('an upstream that resets a tunnel resets its stream', async () => {
    await using scene = await startHttp2Scene();
    const { answer, peer, request } = await dial(scene);
    peer.write(agreement(request));
    await new Promise((resolve) => {
      peer.socket.write('x', resolve);
    });
    peer.socket.resetAndDestroy();
    expect(await answer).toMatchObject({ status: 200, code: constants.NGHTTP2_CONNECT_ERROR });
  });

  test('an upstream that has ended its side still hears the client', async () => {
    await using scene = await startHttp2Scene();
    const { stream, answer, peer, request } = await dial(scene);
    peer.write(`${agreement(request)}bye`);
    peer.socket.end();
    await new Promise((resolve) => {
      stream.on('end', resolve);
    });
    stream.end('one more thing');
    expect(await peer.readToEnd()).toBe('one more thing');
    expect(await answer).toMatchObject({ status: 200, body: 'bye', code: 0 });
  });

  test('a tunnel goes on while the process leaves, and its end is the end of the session', async () => {
    await using scene = await startHttp2Scene();
    const { stream, answer, peer, request } = await dial(scene);
    peer.write(agreement(request));
    const leaving = new Promise((resolve) => {
      scene.client.session.on('goaway', resolve);
    });
    const drained = scene.proxy.drain();
    expect(await leaving).toBe(constants.NGHTTP2_NO_ERROR);
    stream.write('still here');
    await peer.readTo('still here');
    peer.write('so am I');
    stream.end();
    expect(await peer.readToEnd()).toBe('');
    peer.socket.end();
    expect(await answer).toMatchObject({ status: 200, body: 'so am I', code: 0 });
    await drained;
  });

  test('a tunnel ends before the drain time is over, as if its client had ended it', async () => {
    await using scene = await startHttp2Scene();
    const { stream, answer, peer, request } = await dial(scene);
    peer.write(agreement(request));
    stream.write('opened');
    await peer.readTo('opened');
    const drained = scene.proxy.drain(20_000);
    scene.proxy.elapse(19_000);
    stream.write('too late');
    expect(await peer.readToEnd()).toBe('');
    peer.write('bye');
    peer.socket.end();
    expect(await answer).toMatchObject({ status: 200, body: 'bye', code: 0 });
    await drained;
  });

  test('a tunnel in which nobody speaks is reset on both sides', async () => {
    await using scene = await startHttp2Scene();
    const { stream, answer, peer, request } = await dial(scene);
    peer.write(agreement(request));
    stream.write('opened');
    await peer.readTo('opened');
    scene.proxy.elapse(limits.tunnelIdleTimeoutMs + 2 * limits.timerTickMs);
    expect(await answer).toMatchObject({ status: 200, code: constants.NGHTTP2_CONNECT_ERROR });
    expect(await peer.readToEnd()).toBe('');
  });

  test('a client that resets its stream ends the tunnel', async () => {
    await using scene = await startHttp2Scene();
    const { stream, peer, request } = await dial(scene);
    peer.write(agreement(request));
    stream.close(constants.NGHTTP2_CANCEL);
    await peer.ended();
    expect(scene.client.session.destroyed).toBe(false);
  });
});
