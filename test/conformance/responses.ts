// Responses: as strict with upstreams as with clients, and framed anew (RFC 9110 6 and 15,
// RFC 9112 4, 6 and 7).

import { answers, fails, script } from '../support/byte-case.ts';
import {
  accepted,
  client,
  endsClient,
  endsUpstream,
  GET,
  HOST,
  head,
  OK,
  OUR_DATE,
  ours,
  resetsClient,
  toClient,
  toUpstream,
  upstream,
  upstreamEnds,
} from '../support/byte-stage.ts';

const DATE = 'Date: then';
const CHUNKED = 'Transfer-Encoding: chunked';
const FORWARDED = toUpstream(head('GET / HTTP/1.1', HOST, ours()));

function ok(...lines: readonly string[]): string {
  return head('HTTP/1.1 200 OK', DATE, ...lines);
}

const EMPTY = ok('Content-Length: 0');
const HELLO = `${ok('Content-Length: 5')}hello`;

export const statusLines = [
  answers(
    'RFC 9112 4',
    'a reason is passed on',
    head('HTTP/1.1 299 Fine and dandy', DATE, 'Content-Length: 0'),
    head('HTTP/1.1 299 Fine and dandy', DATE, 'Content-Length: 0'),
  ),
  answers(
    'RFC 9112 4',
    'the space before an empty reason is put where it lacks',
    head('HTTP/1.1 200', DATE, 'Content-Length: 0'),
    head('HTTP/1.1 200 ', DATE, 'Content-Length: 0'),
  ),
  answers(
    'RFC 9110 6.2',
    'the version is ours',
    head('HTTP/1.0 200 OK', DATE, 'Connection: keep-alive', 'Content-Length: 0'),
    EMPTY,
  ),
  fails('RFC 9112 4', 'a status is a number', head('HTTP/1.1 two hundred')),
  fails('RFC 9112 4', 'of three digits', head('HTTP/1.1 2000 OK')),
  fails('RFC 9112 4', 'behind one space', head('HTTP/1.1  200 OK')),
  fails('RFC 9110 15', 'from 100 on', head('HTTP/1.1 099 OK')),
  fails('RFC 9110 15', 'up to 599', head('HTTP/1.1 600 OK')),
  fails('RFC 9112 2.3', 'a version is ours', head('HTTP/2 200 OK')),
  fails('RFC 9112 4', 'a reason has no control byte', head('HTTP/1.1 200 O\0K')),
  fails('RFC 9112 2.2', 'a bare LF ends no line', 'HTTP/1.1 200 OK\nX: y\r\n\r\n'),
  fails('RFC 9112 5.1', 'no space stands before a colon', ok('X : y')),
  fails('RFC 9112 5.2', 'a line is not folded', ok('X: y', ' z')),
  fails('RFC 9110 5.5', 'a value has no bare CR', ok('X: y\rSet-Cookie: z')),
  fails('RFC 9110 5.4', 'a head is bounded', `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(8_000)}`),
];

export const responseFraming = [
  answers('RFC 9112 6.2', 'a body of a length is passed on', HELLO, HELLO),
  answers(
    'RFC 9112 7.1',
    'chunks are framed anew, without extensions',
    `${ok(CHUNKED)}05;a=b\r\nhello\r\n00;c\r\n\r\n`,
    `${ok(CHUNKED)}5\r\nhello\r\n0\r\n\r\n`,
  ),
  answers(
    'RFC 9110 6.5.1',
    'trailers are dropped for a client that has not said that it takes them',
    `${ok(CHUNKED)}0\r\nX-Sum: 1\r\n\r\n`,
    `${ok(CHUNKED)}0\r\n\r\n`,
  ),
  script(
    'RFC 9110 6.5.1',
    'and forwarded to one that has, without those that frame or route',
    client(head('GET / HTTP/1.1', HOST, 'TE: trailers', 'Connection: TE')),
    toUpstream(head('GET / HTTP/1.1', HOST, ours(), 'Connection: TE', 'TE: trailers')),
    upstream(`${ok(CHUNKED)}0\r\nX-Sum: 1\r\nContent-Length: 9\r\nHost: b\r\n${CHUNKED}\r\n\r\n`),
    toClient(`${ok(CHUNKED)}0\r\nX-Sum: 1\r\n\r\n`),
  ),
  fails('RFC 9110 8.6', 'a length is a number', ok('Content-Length: 5x')),
  fails('RFC 9112 6.3', 'there is one', `${ok('Content-Length: 5', 'Content-Length: 5')}hello`),
  fails('RFC 9112 6.3', 'in a list too', `${ok('Content-Length: 5, 5')}hello`),
  fails('RFC 9112 6.3', 'a body has one framing', `${ok('Content-Length: 5', CHUNKED)}0\r\n\r\n`),
  fails('RFC 9112 6.1', 'a coding is chunked', ok('Transfer-Encoding: gzip, chunked')),
  fails('RFC 9112 6.1', 'and alone', ok('Transfer-Encoding: gzip')),
  fails('RFC 9112 6.1', 'and of HTTP/1.1', head('HTTP/1.0 200 OK', CHUNKED)),
  fails('RFC 9112 6.3', 'nothing stands behind a body', `${ok('Content-Length: 4')}hello`),
  fails('RFC 9112 7.1', 'a chunk has a size', `${ok(CHUNKED)}x\r\n`),
  fails('RFC 9112 7.1', 'a bare LF ends no chunk line', `${ok(CHUNKED)}5\nhello\r\n0\r\n\r\n`),
  fails('RFC 9112 7.1.1', 'extensions are bounded', `${ok(CHUNKED)}0;${'a'.repeat(9_000)}\r\n\r\n`),
  script(
    'RFC 9112 8',
    'a body that stops early is a reset',
    client(GET),
    FORWARDED,
    upstream(`${ok('Content-Length: 10')}hello`),
    toClient(`${ok('Content-Length: 10')}hello`),
    upstreamEnds,
    resetsClient,
  ),
  script(
    'RFC 9112 8',
    'so are chunks that do',
    client(GET),
    FORWARDED,
    upstream(`${ok(CHUNKED)}5\r\nhello\r\n`),
    toClient(`${ok(CHUNKED)}5\r\nhello\r\n`),
    upstreamEnds,
    resetsClient,
  ),
  script(
    'RFC 9112 6.3',
    'a body that ends with its connection is chunked for HTTP/1.1',
    client(GET),
    FORWARDED,
    upstream(`${ok()}hello`),
    upstreamEnds,
    toClient(`${ok(CHUNKED)}5\r\nhello\r\n0\r\n\r\n`),
    endsUpstream,
    client(GET),
    FORWARDED,
    upstream(OK),
    toClient(OK),
  ),
  script(
    'RFC 9112 7.1',
    'for HTTP/1.0 chunks end with the connection',
    client(head('GET / HTTP/1.0', HOST, 'Connection: keep-alive')),
    FORWARDED,
    upstream(`${ok(CHUNKED)}5\r\nhello\r\n0\r\n\r\n`),
    toClient(`${ok('Connection: close')}hello`),
    endsClient,
  ),
  script(
    'RFC 9112 9.2',
    'what nobody has asked for ends an idle connection',
    client(GET),
    FORWARDED,
    upstream(OK),
    toClient(OK),
    upstream(OK),
    endsUpstream,
    client(GET),
    FORWARDED,
    upstream(HELLO),
    toClient(HELLO),
    accepted(2),
  ),
];

export const responseKinds = [
  answers(
    'RFC 9110 9.3.2',
    'to HEAD no body comes',
    ok('Content-Length: 5'),
    ok('Content-Length: 5'),
    'HEAD',
  ),
  answers('RFC 9112 6.3', 'not even in chunks', ok(CHUNKED), ok(), 'HEAD'),
  answers(
    'RFC 9110 15.3.5',
    '204 has no body and no length',
    head('HTTP/1.1 204 No Content', DATE, 'Content-Length: 0'),
    head('HTTP/1.1 204 No Content', DATE),
  ),
  fails('RFC 9112 6.3', 'a body to 204 is none', `${head('HTTP/1.1 204 No Content')}hello`),
  answers(
    'RFC 9110 15.3.6',
    '205 is framed as it says',
    head('HTTP/1.1 205 Reset Content', DATE, 'Content-Length: 0'),
    head('HTTP/1.1 205 Reset Content', DATE, 'Content-Length: 0'),
  ),
  answers(
    'RFC 9110 15.4.5',
    '304 has no body, and the length of what it stands for',
    head('HTTP/1.1 304 Not Modified', DATE, 'Content-Length: 5'),
    head('HTTP/1.1 304 Not Modified', DATE, 'Content-Length: 5'),
  ),
  answers(
    'RFC 9110 15.2',
    '103 is passed on',
    head('HTTP/1.1 103 Early Hints', 'Link: </x>') + EMPTY,
    head('HTTP/1.1 103 Early Hints', 'Link: </x>') + EMPTY,
  ),
  script(
    'RFC 9110 15.2',
    'but not to HTTP/1.0',
    client(head('GET / HTTP/1.0', HOST)),
    FORWARDED,
    upstream(head('HTTP/1.1 103 Early Hints') + EMPTY),
    toClient(ok('Content-Length: 0', 'Connection: close')),
  ),
  answers(
    'RFC 9110 8.6',
    'it has no length',
    head('HTTP/1.1 103 Early Hints', 'Content-Length: 5') + EMPTY,
    head('HTTP/1.1 103 Early Hints') + EMPTY,
  ),
  fails(
    'RFC 9110 15.2.2',
    '101 is not for whom has not asked',
    head('HTTP/1.1 101 Switching Protocols'),
  ),
  answers(
    'RFC 9110 6.6.1',
    'Date is put where it lacks',
    head('HTTP/1.1 200 OK', 'Content-Length: 0'),
    head('HTTP/1.1 200 OK', 'Content-Length: 0', OUR_DATE),
  ),
  answers('RFC 9110 6.6.1', 'and left where it is', EMPTY, EMPTY),
  answers(
    'RFC 9110 7.6.1',
    'what ends at this hop ends',
    ok('Connection: x-gone', 'X-Gone: 1', 'Keep-Alive: timeout=9', 'Content-Length: 0'),
    EMPTY,
  ),
  answers(
    'RFC 9110 7.6.1',
    'Connection does not name Content-Length',
    ok('Connection: content-length', 'Content-Length: 0'),
    EMPTY,
  ),
  answers(
    'RFC 9110 11.7.1',
    'nor does a backend ask as a proxy',
    ok('Proxy-Authenticate: x', 'Content-Length: 0'),
    EMPTY,
  ),
  answers(
    'RFC 9110 7.8',
    'an offer to upgrade ends here',
    ok('Upgrade: h2c', 'Connection: upgrade', 'Content-Length: 0'),
    EMPTY,
  ),
];
