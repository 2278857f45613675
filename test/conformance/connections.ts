// How connections live and end: persistence, pipelines, 100 (Continue), early answers, upgrades
// (RFC 9112 9, RFC 9110 7.8 and 10.1.1).

import { type ByteCase, breaksOff, forwards, refuses, script } from '../support/byte-case.ts';
import {
  accepted,
  breaksUpstream,
  client,
  clientEnds,
  endsClient,
  endsUpstream,
  GET,
  HOST,
  head,
  OK,
  ours,
  reply,
  toClient,
  toUpstream,
  upstream,
  upstreamEnds,
} from '../support/byte-stage.ts';

const FORWARDED = head('GET / HTTP/1.1', HOST, ours());
const LAST = `${head('HTTP/1.1 200 OK', 'Date: then', 'Content-Length: 2', 'Connection: close')}ok`;
const KEPT = `${head('HTTP/1.1 200 OK', 'Date: then', 'Content-Length: 2', 'Connection: keep-alive')}ok`;

function get(path: string, ...lines: readonly string[]): string {
  return head(`GET ${path} HTTP/1.1`, HOST, ...lines);
}

/** The client's connection ends behind the answer, or goes on. */
function persists(rule: string, name: string, request: string, answer: string): ByteCase {
  const after = answer === LAST ? [endsClient] : [client(GET), toUpstream(FORWARDED)];
  return script(
    rule,
    name,
    client(request),
    toUpstream(FORWARDED),
    upstream(OK),
    toClient(answer),
    ...after,
  );
}

export const persistence = [
  persists('RFC 9112 9.3', 'HTTP/1.1 goes on', GET, OK),
  persists('RFC 9112 9.3', 'unless it says close', get('/', 'Connection: close'), LAST),
  persists('RFC 9112 9.3', 'in any case', get('/', 'Connection: x, CLOSE'), LAST),
  persists(
    'RFC 9112 9.3',
    'close wins',
    get('/', 'Connection: close', 'Connection: keep-alive'),
    LAST,
  ),
  persists('RFC 9112 9.3', 'HTTP/1.0 ends', head('GET / HTTP/1.0', HOST), LAST),
  persists(
    'RFC 9112 9.3',
    'unless it asks to go on',
    head('GET / HTTP/1.0', HOST, 'Connection: Keep-Alive'),
    KEPT,
  ),
  script(
    'RFC 9112 9.3',
    'an upstream that closes is not used again',
    client(GET),
    toUpstream(FORWARDED),
    upstream(
      `${head('HTTP/1.1 200 OK', 'Date: then', 'Connection: close', 'Content-Length: 2')}ok`,
    ),
    toClient(OK),
    endsUpstream,
    client(GET),
    toUpstream(FORWARDED),
    accepted(2),
  ),
  script(
    'RFC 9112 9.3',
    'nor one of HTTP/1.0 that does not say that it stays',
    client(GET),
    toUpstream(FORWARDED),
    upstream(`${head('HTTP/1.0 200 OK', 'Date: then', 'Content-Length: 2')}ok`),
    toClient(OK),
    endsUpstream,
    accepted(1),
  ),
  script(
    'RFC 9112 9.3.2',
    'pipelined requests are answered in order',
    client(get('/1') + get('/2') + get('/3')),
    toUpstream(get('/1', ours())),
    upstream(`${head('HTTP/1.1 200 OK', 'Date: 1', 'Content-Length: 2')}ok`),
    toUpstream(get('/2', ours())),
    upstream(`${head('HTTP/1.1 404 No', 'Date: 2', 'Content-Length: 2')}no`),
    toUpstream(get('/3', ours())),
    upstream(`${head('HTTP/1.1 204 OK', 'Date: 3')}`),
    toClient(`${head('HTTP/1.1 200 OK', 'Date: 1', 'Content-Length: 2')}ok`),
    toClient(`${head('HTTP/1.1 404 No', 'Date: 2', 'Content-Length: 2')}no`),
    toClient(head('HTTP/1.1 204 OK', 'Date: 3')),
    accepted(1),
  ),
  script(
    'RFC 9112 9.3.1',
    'what is idempotent is sent again when a connection dies without a byte',
    client(GET),
    toUpstream(FORWARDED),
    upstreamEnds,
    endsUpstream,
    toUpstream(FORWARDED),
    upstream(OK),
    toClient(OK),
    accepted(2),
  ),
  script(
    'RFC 9110 9.2.2',
    'what is not is not',
    client(head('POST / HTTP/1.1', HOST)),
    toUpstream(head('POST / HTTP/1.1', HOST, ours())),
    upstreamEnds,
    toClient(reply(502, 'the upstream closed the connection', '')),
    accepted(1),
  ),
  script(
    'RFC 9112 8',
    'nor is anything once a response has begun, though only an interim one',
    client(GET),
    toUpstream(FORWARDED),
    upstream(head('HTTP/1.1 103 Early Hints')),
    toClient(head('HTTP/1.1 103 Early Hints')),
    upstreamEnds,
    toClient(reply(502, 'the upstream sent an invalid response', '')),
    accepted(1),
  ),
  script(
    'RFC 9112 8',
    'or half a head',
    client(GET),
    toUpstream(FORWARDED),
    upstream('HTTP/1.1 200 OK\r\nX'),
    upstreamEnds,
    toClient(reply(502, 'the upstream sent an invalid response', '')),
    accepted(1),
  ),
  script(
    'RFC 9112 9.6',
    'a client that has ended its side gets its answer',
    client(GET),
    clientEnds,
    toUpstream(FORWARDED),
    upstream(OK),
    toClient(LAST),
    endsClient,
  ),
  breaksOff('RFC 9112 9.6', 'what follows a malformed body is not read', 'x\r\n'),
];

const EXPECTS = head('POST / HTTP/1.1', HOST, 'Content-Length: 2', 'Expect: 100-continue');
const EXPECTED = head('POST / HTTP/1.1', HOST, 'Content-Length: 2', 'Expect: 100-continue', ours());
const CONTINUE = head('HTTP/1.1 100 Continue');
const TOO_LARGE = ['HTTP/1.1 413 Content Too Large', 'Date: then', 'Content-Length: 0'];

export const expectations = [
  script(
    'RFC 9110 10.1.1',
    '100 (Continue) comes from the upstream',
    client(EXPECTS),
    toUpstream(EXPECTED),
    upstream(CONTINUE),
    toClient(CONTINUE),
    client('hi'),
    toUpstream('hi'),
    upstream(OK),
    toClient(OK),
    client(GET),
    toUpstream(FORWARDED),
    accepted(1),
  ),
  script(
    'RFC 9110 10.1.1',
    'without it a final answer ends both connections, since a body may follow or not',
    client(EXPECTS),
    toUpstream(EXPECTED),
    upstream(head(...TOO_LARGE)),
    toClient(head(...TOO_LARGE, 'Connection: close')),
    endsClient,
    breaksUpstream,
  ),
  refuses(
    'RFC 9110 10.1.1',
    'nothing else can be expected',
    head('POST / HTTP/1.1', HOST, 'Content-Length: 2', 'Expect: more'),
    [417, 'expectation not supported'],
  ),
  script(
    'RFC 9112 9.3',
    'an answer before the body: the rest is read, and the client’s connection goes on',
    client(`${head('POST / HTTP/1.1', HOST, 'Content-Length: 4')}he`),
    toUpstream(`${head('POST / HTTP/1.1', HOST, 'Content-Length: 4', ours())}he`),
    upstream(head(...TOO_LARGE)),
    toClient(head(...TOO_LARGE)),
    endsUpstream,
    client(`ll${GET}`),
    toUpstream(FORWARDED),
    upstream(OK),
    toClient(OK),
  ),
];

const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket'];
const SWITCHED = head('HTTP/1.1 101 Switching Protocols', 'Date: then', ...UPGRADE);

export const upgrades = [
  script(
    'RFC 9110 7.8',
    'a tunnel passes bytes as they are, and each side ends by itself',
    client(`${get('/', ...UPGRADE)}early`),
    toUpstream(get('/', ours(), ...UPGRADE)),
    upstream(`${SWITCHED}GET / HTTP/1.1\r\n\r\n`),
    toClient(`${SWITCHED}GET / HTTP/1.1\r\n\r\n`),
    toUpstream('early'),
    client('\0\r\n\r\n'),
    toUpstream('\0\r\n\r\n'),
    clientEnds,
    endsUpstream,
    accepted(1),
  ),
  script(
    'RFC 9110 7.8',
    'a refused upgrade is an answer like any other',
    client(get('/', ...UPGRADE)),
    toUpstream(get('/', ours(), ...UPGRADE)),
    upstream(OK),
    toClient(OK),
    client(GET),
    toUpstream(FORWARDED),
    accepted(1),
  ),
  script(
    'RFC 9110 7.8',
    'an upstream switches to nothing that nobody has asked for',
    client(get('/', ...UPGRADE)),
    toUpstream(get('/', ours(), ...UPGRADE)),
    upstream(head('HTTP/1.1 101 Switching Protocols', 'Connection: upgrade', 'Upgrade: h2c')),
    toClient(reply(502, 'the upstream sent an invalid response', '')),
    endsUpstream,
  ),
  script(
    'RFC 9110 15.2.2',
    'it says what it switches to',
    client(get('/', ...UPGRADE)),
    toUpstream(get('/', ours(), ...UPGRADE)),
    upstream(head('HTTP/1.1 101 Switching Protocols')),
    toClient(reply(502, 'the upstream sent an invalid response', '')),
    endsUpstream,
  ),
  forwards(
    'RFC 9113 3.1',
    'HTTP/2 is not upgraded to',
    get('/', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: x'),
    FORWARDED,
  ),
  forwards(
    'RFC 9113 3.1',
    'nor in a list',
    get('/', 'Connection: Upgrade', 'Upgrade: websocket, h2c'),
    FORWARDED,
  ),
  forwards(
    'RFC 9113 3.1',
    'nor in two lines',
    get('/', 'Connection: Upgrade', 'Upgrade: h2c', 'Upgrade: websocket'),
    FORWARDED,
  ),
];
