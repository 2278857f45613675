// gRPC-Web passes as it is: its status is part of the body, so that no proxy on the way has to know
// of it. The backend answers gRPC-Web itself, as Envoy or a server with the filter does.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Transport } from '#plan/endpoint-plan.ts';
import { startProxy } from '../support/proxy-fixture.ts';

/** A frame: flags (0x80 for trailers), length, payload. */
function frameOf(flags: number, payload: string): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, Buffer.from(payload, 'latin1')]);
}

/** Sent, and answered. */
const MESSAGE = frameOf(0, 'hello \0\xff');
const TRAILERS = frameOf(0x80, 'grpc-status: 0\r\ngrpc-message: \r\n');

/** As text each message is base64 of its own, so that padding stands in the middle. */
function encoded(type: string, parts: readonly Buffer[]): Buffer {
  if (!type.includes('-text')) return Buffer.concat(parts);
  return Buffer.from(parts.map((part) => part.toString('base64')).join(''));
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'OPTIONS') {
    response.writeHead(204, {
      'access-control-allow-origin': String(request.headers.origin),
      'access-control-allow-methods': String(request.headers['access-control-request-method']),
      'access-control-allow-headers': String(request.headers['access-control-request-headers']),
    });
    response.end();
    return;
  }
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const type = String(request.headers['content-type']);
  const isSame = Buffer.concat(pieces).equals(encoded(type, [MESSAGE]));
  response.writeHead(isSame ? 200 : 400, {
    'content-type': type,
    'access-control-expose-headers': 'grpc-status,grpc-message',
  });
  response.write(encoded(type, [MESSAGE]));
  response.end(encoded(type, [TRAILERS]));
}

async function startScene(protocol: Transport['protocol']) {
  const listener = (request: unknown, response: unknown): unknown =>
    serve(request as IncomingMessage, response as ServerResponse);
  const backend = protocol === 'h2' ? createHttp2Server(listener) : createServer(listener);
  backend.listen(0, '127.0.0.1');
  await once(backend, 'listening');
  const endpoint = { address: '127.0.0.1', port: (backend.address() as AddressInfo).port };
  const transport = { protocol, tls: null };
  const proxy = await startProxy({ 'a.example': [endpoint] }, { transport, h2c: true });
  const client = connectHttp2(`http://127.0.0.1:${proxy.port}`);
  return {
    proxy,
    client,
    async [Symbol.asyncDispose]() {
      client.destroy();
      await proxy[Symbol.asyncDispose]();
      backend.close();
    },
  };
}

type Scene = Awaited<ReturnType<typeof startScene>>;

async function askHttp2({ client }: Scene, fields: Record<string, string>, body: Buffer) {
  const stream = client.request({ ':authority': 'a.example', ...fields });
  stream.end(body);
  const [headers] = await once(stream, 'response');
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return { headers, body: Buffer.concat(pieces) };
}

describe.each(['http/1.1', 'h2'] as const)('gRPC-Web to a backend of %s', (protocol) => {
  // biome-ignore format: a table
  it.each([
    ['application/grpc-web'],
    ['application/grpc-web+proto'],
    ['application/grpc-web-text'],
    ['application/grpc-web-text+proto'],
  ])('passes as %s over both versions of HTTP', async (type) => {
    await using scene = await startScene(protocol);
    const body = encoded(type, [MESSAGE]);
    const expected = encoded(type, [MESSAGE, TRAILERS]).toString('latin1');
    const over2 = await askHttp2(
      scene,
      { ':method': 'POST', ':path': '/shop.Cart/Add', 'content-type': type, 'x-grpc-web': '1' },
      body,
    );
    expect(over2.headers[':status']).toBe(200);
    expect(over2.headers['content-type']).toBe(type);
    expect(over2.body.toString('latin1')).toBe(expected);
    await using peer = await scene.proxy.connect();
    peer.write(
      `POST /shop.Cart/Add HTTP/1.1\r\nHost: a.example\r\nContent-Type: ${type}\r\n` +
        `X-Grpc-Web: 1\r\nContent-Length: ${body.length}\r\n\r\n${body.toString('latin1')}`,
    );
    expect(await peer.readTo('\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
    const text = dechunked(await peer.readTo('\r\n0\r\n\r\n'));
    expect(text).toBe(expected);
  });

  it('is asked for by browsers first, and the answer to that passes too', async () => {
    await using scene = await startScene(protocol);
    const { headers } = await askHttp2(
      scene,
      {
        ':method': 'OPTIONS',
        ':path': '/shop.Cart/Add',
        origin: 'https://shop.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-grpc-web,grpc-timeout',
      },
      Buffer.alloc(0),
    );
    expect(headers).toMatchObject({
      ':status': 204,
      'access-control-allow-origin': 'https://shop.example',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type,x-grpc-web,grpc-timeout',
    });
  });

  it('that nobody serves is answered in HTTP, which its clients read', async () => {
    await using scene = await startScene(protocol);
    const { headers } = await askHttp2(
      scene,
      {
        ':method': 'POST',
        ':path': '/',
        ':authority': 'b.example',
        'content-type': 'application/grpc-web',
      },
      Buffer.alloc(0),
    );
    expect(headers[':status']).toBe(404);
    expect(headers['grpc-status']).toBeUndefined();
  });
});

function dechunked(text: string): string {
  let body = '';
  for (let at = 0; at < text.length; ) {
    const lineEnd = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (size === 0) break;
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
  return body;
}
