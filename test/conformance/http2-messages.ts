// RFC 9113 8 and RFC 8441: what a server must make of requests whose frames are sound.

import { type Http2Case, rule } from '../support/http2-case.ts';
import { data, type Fields, Flag, headers, OPEN, post, request } from '../support/http2-frames.ts';

const { endStream } = Flag;
const POST = post();

/** A whole request with these fields alone. */
function fields(...list: Fields): Buffer[] {
  return [headers(1, list)];
}

/** A whole request with these fields behind the usual ones. */
function more(...list: Fields): Buffer[] {
  return [headers(1, request(...list))];
}

/** The fields of a GET without one of them. */
function without(name: string): Fields {
  return request().filter((field) => field[0] !== name);
}

export const MESSAGE_CASES: readonly Http2Case[] = [
  ...rule(
    '8.1',
    [
      'trailers that do not end the stream',
      [headers(1, POST, OPEN), headers(1, [['x', 'y']], OPEN)],
      'stream PROTOCOL_ERROR',
    ],
    [
      'trailers with a pseudo-header field',
      [headers(1, POST, OPEN), headers(1, [[':path', '/']])],
      'stream PROTOCOL_ERROR',
    ],
    [
      'trailers with an upper-case name',
      [headers(1, POST, OPEN), headers(1, [['X', 'y']])],
      'stream PROTOCOL_ERROR',
    ],
    [
      'trailers are read and dropped',
      [headers(1, POST, OPEN), headers(1, [['x', 'y']])],
      'status 200',
    ],
  ),
  ...rule(
    '8.1.1',
    [
      'less content than Content-Length says',
      [headers(1, [...POST, ['content-length', '5']], OPEN), data(1, 'four', endStream)],
      'stream PROTOCOL_ERROR',
    ],
    [
      'more content than Content-Length says',
      [headers(1, [...POST, ['content-length', '3']], OPEN), data(1, 'four', endStream)],
      'stream PROTOCOL_ERROR',
    ],
    ['Content-Length without content', more(['content-length', '1']), 'stream PROTOCOL_ERROR'],
    [
      'two lengths',
      more(['content-length', '0'], ['content-length', '0']),
      'stream PROTOCOL_ERROR',
    ],
    ['a length that is none', more(['content-length', '+1']), 'stream PROTOCOL_ERROR'],
  ),
  ...rule(
    '8.2.1',
    ['an upper-case name', more(['X', 'y']), 'stream PROTOCOL_ERROR'],
    ['a name with a space', more(['a b', 'y']), 'stream PROTOCOL_ERROR'],
    ['a name with a colon inside', more(['a:b', 'y']), 'stream PROTOCOL_ERROR'],
    ['an empty name', more(['', 'y']), 'stream PROTOCOL_ERROR'],
    ['a value with CR and LF', more(['a', 'b\r\nc: d']), 'stream PROTOCOL_ERROR'],
    ['a value with NUL', more(['a', 'b\0']), 'stream PROTOCOL_ERROR'],
    ['a value that begins with a space', more(['a', ' b']), 'stream PROTOCOL_ERROR'],
    ['a value that ends with a tab', more(['a', 'b\t']), 'stream PROTOCOL_ERROR'],
    ['a value with bytes above 0x7f is passed on', more(['a', '\xe9']), 'status 200'],
  ),
  ...rule(
    '8.2.2',
    ['Connection', more(['connection', 'close']), 'stream PROTOCOL_ERROR'],
    ['Keep-Alive', more(['keep-alive', '1']), 'stream PROTOCOL_ERROR'],
    ['Proxy-Connection', more(['proxy-connection', 'close']), 'stream PROTOCOL_ERROR'],
    ['Transfer-Encoding', more(['transfer-encoding', 'chunked']), 'stream PROTOCOL_ERROR'],
    ['Upgrade', more(['upgrade', 'websocket']), 'stream PROTOCOL_ERROR'],
    ['TE other than trailers', more(['te', 'gzip']), 'stream PROTOCOL_ERROR'],
    ['TE: trailers', more(['te', 'trailers']), 'status 200'],
  ),
  ...rule(
    '8.3',
    ['an unknown pseudo-header field', more([':x', 'y']), 'stream PROTOCOL_ERROR'],
    [
      'a pseudo-header field of responses',
      fields([':status', '200'], ...request()),
      'stream PROTOCOL_ERROR',
    ],
    [
      'a pseudo-header field behind a field',
      fields(...without(':path'), ['a', 'b'], [':path', '/']),
      'stream PROTOCOL_ERROR',
    ],
    ['a repeated :path', fields(...request(), [':path', '/']), 'stream PROTOCOL_ERROR'],
    ['a repeated :method', fields([':method', 'GET'], ...request()), 'stream PROTOCOL_ERROR'],
  ),
  ...rule(
    '8.3.1',
    ['no :method', fields(...without(':method')), 'stream PROTOCOL_ERROR'],
    ['no :scheme', fields(...without(':scheme')), 'stream PROTOCOL_ERROR'],
    ['no :path', fields(...without(':path')), 'stream PROTOCOL_ERROR'],
    ['an empty :path', fields(...without(':path'), [':path', '']), 'stream PROTOCOL_ERROR'],
    [
      'a :path in absolute-form',
      fields(...without(':path'), [':path', 'http://a.test/']),
      'stream PROTOCOL_ERROR',
    ],
    ['an asterisk for a GET', fields(...without(':path'), [':path', '*']), 'stream PROTOCOL_ERROR'],
    [
      'a :path with a space',
      fields(...without(':path'), [':path', '/a b']),
      'stream PROTOCOL_ERROR',
    ],
    [
      'a scheme that is not of HTTP',
      fields(...without(':scheme'), [':scheme', 'ftp']),
      'stream PROTOCOL_ERROR',
    ],
    ['Host beside the same :authority', more(['host', 'A.test']), 'status 200'],
    ['Host beside another :authority', more(['host', 'b.test']), 'stream PROTOCOL_ERROR'],
    ['two Hosts', more(['host', 'a.test'], ['host', 'a.test']), 'stream PROTOCOL_ERROR'],
    [
      'Host in place of :authority',
      fields(...without(':authority'), ['host', 'a.test']),
      'status 200',
    ],
    ['neither Host nor :authority', fields(...without(':authority')), 'stream PROTOCOL_ERROR'],
    [
      'user information in :authority',
      fields(...without(':authority'), [':authority', 'u@a.test']),
      'stream PROTOCOL_ERROR',
    ],
  ),
  ...rule(
    '8.5',
    [
      'CONNECT to a server',
      fields([':method', 'CONNECT'], [':authority', 'a.test:80']),
      'status 501',
    ],
    [
      'CONNECT with a path',
      fields([':method', 'CONNECT'], [':path', '/'], [':authority', 'a.test']),
      'stream PROTOCOL_ERROR',
    ],
    ['CONNECT without :authority', fields([':method', 'CONNECT']), 'stream PROTOCOL_ERROR'],
  ),
  ...rule(
    'RFC 8441 4',
    [
      ':protocol without CONNECT',
      fields(...request(), [':protocol', 'websocket']),
      'stream PROTOCOL_ERROR',
    ],
    [
      'another protocol than WebSocket',
      fields([':method', 'CONNECT'], ...without(':method'), [':protocol', 'connect-udp']),
      'status 501',
    ],
  ),
];
