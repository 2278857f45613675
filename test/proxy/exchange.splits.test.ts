// What is understood never depends on how the bytes were cut into packets, on either side.

import type { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyReader } from '#proxy/http1/body-reader.ts';
import { CHUNKED } from '#proxy/http1/request-head.ts';
import { CapturingUpstream } from '../support/capturing-upstream.ts';
import { findHead, framingOf, readBody } from '../support/fuzz/raw-message.ts';
import { turn } from '../support/fuzz/write-pieces.ts';
import { type ProxyFixture, startProxy } from '../support/proxy-fixture.ts';

const OK = 'HTTP/1.1 200 OK\r\nDate: then\r\nContent-Length: 2\r\n\r\nok';

const requestLine = fc.constantFrom(
  'GET / HTTP/1.1\r\n',
  'GET /a?b=c HTTP/1.1\r\n',
  '\r\nPOST http://a.example/b HTTP/1.1\r\n',
  'HEAD / HTTP/1.0\r\n',
  'GET /\r\n',
  'G@T / HTTP/1.1\r\n',
  'GET  / HTTP/1.1\r\n',
);
const host = fc.constantFrom('Host: a.example\r\n', 'hOST:\ta.example \r\n', 'Host: b c\r\n', '');
const field = fc.constantFrom(
  '',
  'X: y\r\n',
  'X-Empty:\r\n',
  'Connection: x\r\nX: hop\r\n',
  'Connection: close\r\n',
  'X : y\r\n',
  ' folded\r\n',
  'X: bare\ny: z\r\n',
  'X: \0\r\n',
);
const body = fc.constantFrom(
  '\r\n',
  '\r\n',
  'Content-Length: 0\r\n\r\n',
  'Content-Length: 5\r\n\r\nhello',
  'Content-Length: 5\r\n\r\nhel',
  'Content-Length: +5\r\n\r\nhello',
  'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nhe\r\n03\r\nllo\r\n0\r\nT: u\r\n\r\n',
  'Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n',
  'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello',
);
/** The id is the client's, so that the forwarded head is the same each time. */
const request = fc
  .tuple(requestLine, host, field, body)
  .map(([line, hostLine, other, rest]) => `${line}${hostLine}X-Request-ID: 1\r\n${other}${rest}`);
const requests = fc.array(request, { minLength: 1, maxLength: 2 }).map((all) => all.join(''));

const statusLine = fc.constantFrom(
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.0 200\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n',
  'HTTP/1.1 2000 OK\r\n',
  'HTTP/2 200 OK\r\n',
);
/** Nothing stands behind a 304: whether excess is noticed in time does depend on packets. */
const response = fc.oneof(
  { weight: 9, arbitrary: fc.tuple(statusLine, fc.constant('Date: then\r\n'), field, body) },
  fc.constant(['HTTP/1.1 304 Not Modified\r\n', 'Date: then\r\n', 'Content-Length: 5\r\n\r\n']),
);

/** The whole, every byte alone, and every way to cut it in two. */
function* splits(text: string): Generator<string[]> {
  yield [text];
  yield [...text];
  for (let at = 1; at < text.length; at += 1) yield [text.slice(0, at), text.slice(at)];
}

/** Ends the socket's side behind the last piece. */
async function writeAll(socket: Socket, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    if (!socket.writable) return;
    socket.write(piece, 'latin1');
    // The proxy reads it before the next piece comes.
    await turn();
    await turn();
  }
  socket.end();
}

/**
 * What a client that sends `pieces` and ends its side gets. Left out is what may depend on packets:
 * whether that end was seen before the answer, and which of two faults in one head.
 */
async function ask(proxy: ProxyFixture, pieces: readonly string[]): Promise<string> {
  await using client = await proxy.connect();
  await writeAll(client.socket, pieces);
  const text = await client.readToEnd();
  return text
    .replaceAll(/\r\n(Date: [^\r]*GMT|Connection: close)/g, '')
    .replace(/HTTP\/1\.1 (400|501|505) .*/s, 'refused');
}

/** The final response, or `failed`: an error in its place and a visible cut mean the same. */
function whatIsUnderstood(text: string): object | 'failed' {
  let head = findHead(text, 0);
  while (head !== null && / 10[03] /.test(head.line)) head = findHead(text, head.end);
  if (head === null || / 502 /.test(head.line)) return 'failed';
  const { line, fields } = head;
  if (/ 304 /.test(line)) return { line, fields };
  const framing = framingOf(head);
  const read = framing === 'unsaid' ? null : readBody(text, head.end, framing);
  return read === null ? 'failed' : { line, content: read.content };
}

describe('the cuts between packets do not change', () => {
  it('which requests are forwarded, and what the client gets for each', async () => {
    await using upstream = await CapturingUpstream.start((socket) => socket.write(OK));
    await using proxy = await startProxy({ 'a.example': [upstream.endpoint] });
    const outcome = async (pieces: readonly string[]) => {
      const answers = await ask(proxy, pieces);
      const forwarded = upstream.takeRequests().map(({ head, content }) => {
        return { line: head.line, fields: head.fields, content };
      });
      return { answers, forwarded };
    };
    await fc.assert(
      fc.asyncProperty(requests, async (text) => {
        const whole = await outcome([text]);
        for (const pieces of splits(text)) {
          const first = pieces.length === 2 ? JSON.stringify(pieces[0]) : 'each byte';
          expect(await outcome(pieces), `cut behind ${first}`).toEqual(whole);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('how a response is understood', async () => {
    const script = { pieces: [OK] as readonly string[] };
    await using upstream = await CapturingUpstream.start((socket) =>
      writeAll(socket, script.pieces),
    );
    await using proxy = await startProxy({ 'a.example': [upstream.endpoint] });
    const outcome = async (pieces: readonly string[]) => {
      script.pieces = pieces;
      return whatIsUnderstood(await ask(proxy, ['GET / HTTP/1.1\r\nHost: a.example\r\n\r\n']));
    };
    await fc.assert(
      fc.asyncProperty(response, async (parts) => {
        const text = parts.join('');
        const whole = await outcome([text]);
        for (const pieces of splits(text)) {
          const first = pieces.length === 2 ? JSON.stringify(pieces[0]) : 'each byte';
          expect(await outcome(pieces), `cut behind ${first}`).toEqual(whole);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('the content of a body, whatever its chunks', () => {
    const chunk = fc.uint8Array({ minLength: 1, maxLength: 40 });
    const cut = fc.integer({ min: 0, max: 2_000 });
    fc.assert(
      fc.property(fc.array(chunk), fc.array(cut), (chunks, cuts) => {
        const content = Buffer.concat(chunks);
        const framed = chunks.map((one) =>
          Buffer.concat([
            Buffer.from(`${one.length.toString(16)};e\r\n`),
            one,
            Buffer.from('\r\n'),
          ]),
        );
        const message = Buffer.concat([...framed, Buffer.from('0\r\nT: u\r\n\r\n')]);
        for (const [bytes, length] of [
          [message, CHUNKED] as const,
          [content, content.length] as const,
        ]) {
          const ends = [...cuts.filter((end) => end < bytes.length), bytes.length];
          const read = readContent(
            bytes,
            length,
            ends.toSorted((a, b) => a - b),
          );
          expect(read.equals(content)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** The content of a body that arrives up to each of `ends` in turn. */
function readContent(bytes: Buffer, length: number, ends: readonly number[]): Buffer {
  const reader = new BodyReader();
  reader.begin(length);
  const pieces: Buffer[] = [];
  let at = 0;
  for (const end of ends) {
    while (at < end && !reader.isComplete) {
      at = reader.read(bytes, at, end);
      pieces.push(bytes.subarray(reader.start, reader.end));
    }
  }
  expect([reader.isComplete, reader.isFaulty, at]).toEqual([true, false, bytes.length]);
  return Buffer.concat(pieces);
}
