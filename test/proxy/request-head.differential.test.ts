// The same bytes to us and to Node's own HTTP server: what both accept they must understand the
// same, and where we part we are the stricter, or the reason is written here.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CapturingUpstream } from '../support/capturing-upstream.ts';
import { fieldValues } from '../support/fuzz/raw-message.ts';
import { NodeHttpRequests, type UnderstoodRequest } from '../support/node-http-requests.ts';
import { type ProxyFixture, startProxy } from '../support/proxy-fixture.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
const HOST = 'Host: a.example\r\n';
/** Sent behind everything: it shows whether both agree on where the requests before it end. */
const LAST = `GET /last HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`;

let upstream: CapturingUpstream;
let proxy: ProxyFixture;
let node: NodeHttpRequests;

beforeAll(async () => {
  upstream = await CapturingUpstream.start((socket) => socket.write(OK));
  // Any host that is taken at all has a route, so that what is refused was refused as malformed.
  proxy = await startProxy({ 'a.example': [upstream.endpoint], '*': [upstream.endpoint] });
  node = await NodeHttpRequests.start();
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
  await node[Symbol.asyncDispose]();
});

/** What reaches a backend of ours, and the status of the last answer. */
async function readOurs(text: string): Promise<{ all: UnderstoodRequest[]; status: string }> {
  upstream.takeRequests();
  await using client = await proxy.connect();
  client.socket.end(text, 'latin1');
  const answers = await client.readToEnd();
  const status = answers.match(/(?<=HTTP\/1\.1 )\d+/g)?.at(-1) ?? '';
  const all = upstream.takeRequests().map(({ head, content }) => {
    const [method = '', target = ''] = head.line.split(' ');
    return { method, target, host: fieldValues(head, 'host').join(), content };
  });
  return { all, status };
}

/** As we forward it: the authority of an absolute-form target is in Host, and only there. */
function inOriginForm(request: UnderstoodRequest): UnderstoodRequest {
  const [scheme = '', authority = ''] = /^https?:\/\/([^/?]*)/i.exec(request.target) ?? [];
  const target = request.target.slice(scheme.length);
  const host = request.host === '' ? authority : request.host;
  const hasPath = target.startsWith('/') || target === '*';
  return { ...request, host, target: hasPath ? target : `/${target}` };
}

async function compare(text: string) {
  const ours = await readOurs(text + LAST);
  const theirs = (await node.read(text + LAST)).map(inOriginForm);
  return { ours: ours.all, status: ours.status, theirs };
}

describe('what Node accepts and we refuse', () => {
  it.each([
    // what                               status  bytes
    ['a repeated Host', '400', `GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`],
    ['a malformed Host', '400', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n'],
    ['a Host with userinfo', '400', 'GET / HTTP/1.1\r\nHost: u@a.example\r\n\r\n'],
    ['an empty Host', '400', 'GET / HTTP/1.1\r\nHost:\r\n\r\n'],
    ['a Host that is not the target’s', '400', `GET http://b.example/ HTTP/1.1\r\n${HOST}\r\n`],
    ['* without OPTIONS', '400', `GET * HTTP/1.1\r\n${HOST}\r\n`],
    ['a fragment', '400', `GET /#a HTTP/1.1\r\n${HOST}\r\n`],
    ['HTTP/2.0', '505', `GET / HTTP/2.0\r\n${HOST}\r\n`],
    [
      'a coding before chunked',
      '501',
      `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'chunked in HTTP/1.0',
      '400',
      `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      '8 kB of chunk extensions',
      '400',
      `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0;${'a'.repeat(9_000)}\r\n\r\n`,
    ],
    ['a broken percent-encoding', '400', `GET /%zz HTTP/1.1\r\n${HOST}\r\n`],
  ])('%s: %s', async (_what, status, bytes) => {
    const result = await compare(bytes);
    expect(result.theirs.length).toBeGreaterThan(0);
    expect(result).toMatchObject({ ours: [], status });
  });
});

/** What we accept and Node refuses: each with the rule that lets us. */
const MORE_LENIENT = [
  // RFC 9110 9.1: methods are an open set of tokens; a proxy passes on those it does not know.
  {
    what: 'a method it does not know',
    mark: /^(FETCH|get) /,
    bytes: `FETCH / HTTP/1.1\r\n${HOST}\r\n`,
  },
  // RFC 9112 7.1.1: extensions that are not known are ignored; ours are dropped unread, up to the
  // CRLF, which no byte of them can stand for.
  {
    what: 'a malformed chunk extension',
    mark: /\r\n0*[05];/,
    bytes: `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0;a="b"0\r\n\r\n`,
  },
] as const;

describe('what we accept and Node refuses', () => {
  it.each(MORE_LENIENT)('$what', async ({ bytes }) => {
    const { ours, theirs } = await compare(bytes);
    expect(ours.map(({ target }) => target)).toEqual(['/', '/last']);
    expect(theirs).toEqual([]);
  });
});

/** Mostly `good`, since one odd part is enough to be refused for. */
function mostly(good: readonly string[], odd: readonly string[]): fc.Arbitrary<string> {
  const usual = { weight: 8, arbitrary: fc.constantFrom(...good) };
  return fc.oneof(usual, { weight: 1, arbitrary: fc.constantFrom(...odd) });
}

// `OPTIONS *` is left out: both understand it, but no route of ours answers it.
const line = fc
  .tuple(
    mostly(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'], ['FETCH', 'get', 'G T', '']),
    mostly([' '], ['  ', '\t']),
    mostly(['/', '/a?b', '//a', 'http://a.example/x', 'HTTP://a.example?q'], ['a', '/\x7f', '?']),
    mostly([' '], ['  ', ' \t', '']),
    mostly(['HTTP/1.1'], ['HTTP/1.0', 'HTTP/1.2', 'HTTP/1.1 ', 'http/1.1', 'HTTP/11', 'HTTP/0.9']),
    mostly(['\r\n'], ['\n', '\r', '\r\r\n', '\r\n\r\n']),
  )
  .map((parts) => parts.join(''));
const goodFields = [
  'X: y\r\n',
  'X:\r\n',
  'X: \t y \r\n',
  'X: \xe9\r\n',
  'Connection: keep-alive\r\n',
  'Connection: content-length\r\n',
];
const field = mostly(goodFields, [
  'X : y\r\n',
  'X\t: y\r\n',
  ': y\r\n',
  ' X: y\r\n',
  'X: a\r\n b\r\n',
  'X: a\nY: b\r\n',
  'X: a\rb\r\n',
  'X: \0\r\n',
  'X: \x7f\r\n',
  'X(: y\r\n',
  'Content_Length: 3\r\n',
]);
const goodFramings = [
  '\r\n',
  'Content-Length: 5\r\n\r\nhello',
  'Content-Length: 005\r\n\r\nhello',
  'Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
];
const framing = mostly(goodFramings, [
  '\n',
  '\r\r\n',
  'Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello',
  'Content-Length: 5, 5\r\n\r\nhello',
  'Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
  'Content-Length: +5\r\n\r\nhello',
  'Content-Length: 0x5\r\n\r\nhello',
  'Content-Length: 5 5\r\n\r\nhello',
  'Content-Length:\r\n\r\n',
  'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
  'Transfer-Encoding: chunked, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n',
  'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
  'Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n',
  'Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n',
]);
const CHUNKED = `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`;
const chunk = fc
  .tuple(
    mostly(['5', '05', '0005'], ['0', '6', '+5', '0x5', '', '-5', '5 ', ' 5', '55555555555555555']),
    mostly(['', ';a', ';a="b"'], [' ;a', ';a="\\""', ';\x7f', ';a\n', ';a="b"0']),
    mostly(['\r\n'], ['\n', '\r', '\r\r\n', '\n\r\n']),
    fc.constant('hello'),
    mostly(['\r\n'], ['\n', '\r', '', '!\r\n']),
  )
  .map((parts) => parts.join(''));
const trailer = mostly(
  ['', 'X: y\r\n'],
  [' X: y\r\n', 'X : y\r\n', 'X\r\n', 'X: \0\r\n', 'X: y\n'],
);
const chunked = fc
  .tuple(fc.array(chunk, { maxLength: 3 }), trailer, mostly(['\r\n'], ['\n', '\r']))
  .map(([chunks, trailers, end]) => `${CHUNKED}${chunks.join('')}0\r\n${trailers}${end}`);

const message = fc.oneof(
  fc.tuple(line, fc.constant(HOST), field, framing).map((parts) => parts.join('')),
  chunked,
);

describe('what both accept', () => {
  it('both understand the same, up to the last byte', async () => {
    let agreements = 0;
    await fc.assert(
      fc.asyncProperty(message, async (text) => {
        const { ours, theirs } = await compare(text);
        const count = Math.min(ours.length, theirs.length);
        expect(ours.slice(0, count)).toEqual(theirs.slice(0, count));
        agreements += count;
        if (ours.length <= theirs.length) return;
        expect(MORE_LENIENT.some(({ mark }) => mark.test(text))).toBe(true);
      }),
      { numRuns: 600 },
    );
    // To be refused by both alike would prove little.
    expect(agreements).toBeGreaterThan(200);
  });
});
