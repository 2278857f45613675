// Node's own client of HTTP/2 against our sessions: what it asks and what it gets must be what the
// upstream was asked and has answered, whatever the sizes, windows, pieces and resets.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answerOf, type Http2Answer } from '../support/http2-request.ts';
import { type ProxyFixture, startProxy } from '../support/proxy-fixture.ts';
import { type Random, seededRandom } from '../support/seeded-random.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'];
const STATUSES = [200, 200, 200, 201, 204, 304, 404, 500];
const SIZES = [0, 1, 100, 16_384, 16_385, 65_535, 70_000, 300_000];
const CONTENT = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7 + (at >> 8)) & 255));

interface Wish {
  readonly method: string;
  readonly status: number;
  readonly isChunked: boolean;
  readonly hasTrailers: boolean;
  readonly size: number;
  readonly sent: number;
  /** The request is cancelled when so many bytes have been written of it. */
  readonly cancelAt: number | null;
}

function randomWish(random: Random): Wish {
  const method = random.pick(METHODS);
  const sent = random.below(2) === 0 ? 0 : random.pick(SIZES);
  return {
    method,
    status: random.pick(STATUSES),
    isChunked: random.below(2) === 0,
    hasTrailers: random.below(3) === 0,
    size: random.pick(SIZES),
    sent: method === 'GET' || method === 'HEAD' ? 0 : sent,
    cancelAt: random.below(8) === 0 ? random.below(sent + 1) : null,
  };
}

function hasContent({ method, status }: Wish): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 304;
}

/** Answers as the path says, and tells what it was sent. */
async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const wish: Wish = JSON.parse(decodeURIComponent(request.url!.slice(1)));
  const received = await buffer(request);
  response.setHeader('x-received', digest(received));
  if (!hasContent(wish)) {
    response.writeHead(wish.status).end();
    return;
  }
  if (wish.hasTrailers) response.setHeader('trailer', 'x-sum');
  else if (!wish.isChunked) response.setHeader('content-length', wish.size);
  response.writeHead(wish.status);
  const content = CONTENT.subarray(0, wish.size);
  const half = wish.size >> 1;
  if (half > 0) response.write(content.subarray(0, half));
  response.write(content.subarray(half));
  if (wish.hasTrailers) response.addTrailers({ 'x-sum': digest(content) });
  response.end();
}

const digest = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('hex');

const server = createServer((request, response) => {
  serve(request, response).catch(() => response.destroy());
});
let proxy: ProxyFixture;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  proxy = await startProxy({ 'a.test': [{ address: '127.0.0.1', port }] }, { h2c: true });
});

afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
});

function ask(session: ClientHttp2Session, wish: Wish, random: Random): Promise<Http2Answer> {
  const stream = session.request(
    {
      ':method': wish.method,
      ':authority': 'a.test',
      ':path': `/${encodeURIComponent(JSON.stringify(wish))}`,
      ...(wish.sent > 0 && random.below(2) === 0 ? { 'content-length': wish.sent } : {}),
      te: 'trailers',
    },
    { endStream: wish.sent === 0 },
  );
  const answer = answerOf(stream);
  if (wish.sent > 0) writePieces(stream, wish, random);
  else if (wish.cancelAt !== null) stream.close(constants.NGHTTP2_CANCEL);
  return answer;
}

function writePieces(stream: ClientHttp2Stream, { sent, cancelAt }: Wish, random: Random): void {
  for (let at = 0; at < sent; ) {
    if (cancelAt !== null && at >= cancelAt) {
      stream.close(constants.NGHTTP2_CANCEL);
      return;
    }
    const end = Math.min(sent, at + 1 + random.below(40_000));
    stream.write(CONTENT.subarray(at, end));
    at = end;
  }
  stream.end();
}

function check(wish: Wish, { status, fields, body, trailers, code }: Http2Answer): void {
  const content = CONTENT.subarray(0, hasContent(wish) ? wish.size : 0);
  expect({ status, code }).toEqual({ status: wish.status, code: 0 });
  expect(fields['x-received']).toBe(digest(CONTENT.subarray(0, wish.sent)));
  expect(digest(Buffer.from(body, 'latin1'))).toBe(digest(content));
  if (hasContent(wish) && wish.hasTrailers) expect(trailers['x-sum']).toBe(digest(content));
}

it.each(Array.from({ length: 25 }, (_, seed) => seed))('seed %d', async (seed) => {
  const random = seededRandom(seed);
  const initialWindowSize = random.pick([0, 1_000, 65_535, 1_000_000]);
  const headerTableSize = random.pick([0, 100, 4_096]);
  const session = connect(`http://127.0.0.1:${proxy.port}`, {
    settings: { initialWindowSize: initialWindowSize || 500, headerTableSize, enablePush: false },
  });
  session.on('error', () => {});
  const wishes = Array.from({ length: 40 }, () => randomWish(random));
  const answers = await Promise.all(wishes.map((wish) => ask(session, wish, random)));
  for (const [index, wish] of wishes.entries()) {
    if (wish.cancelAt === null) check(wish, answers[index]!);
  }
  expect(session.destroyed).toBe(false);
  const closed = once(session, 'close');
  session.close();
  await closed;
});
