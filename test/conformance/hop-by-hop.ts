// What ends at this hop, and what only we may say (RFC 9110 7.6, RFC 7239).

import { type ByteCase, forwards, script } from '../support/byte-case.ts';
import {
  client,
  HOST,
  head,
  OUR_DATE,
  ours,
  toClient,
  toUpstream,
  upstream,
} from '../support/byte-stage.ts';

function post(...lines: readonly string[]): string {
  return `${head('POST / HTTP/1.1', HOST, 'Content-Length: 2', ...lines)}hi`;
}

/** The upstream gets none of `lines`. */
function drops(rule: string, name: string, ...lines: readonly string[]): ByteCase {
  return forwards(rule, name, post(...lines), post(ours()));
}

export const hopByHop = [
  drops('RFC 9110 7.6.1', 'Connection', 'Connection: keep-alive'),
  drops('RFC 9110 7.6.1', 'what Connection names', 'X-Gone: 1', 'Connection: x-gone'),
  drops(
    'RFC 9110 7.6.1',
    'what several of them name, before and behind',
    'Connection: X-Gone , Y-Gone',
    'X-Gone: 1',
    'connection:z-gone',
    'Y-Gone: 2',
    'Z-Gone: 3',
  ),
  drops('RFC 9110 7.6.1', 'Connection does not name Host', 'Connection: host'),
  drops('RFC 9110 7.6.1', 'nor Content-Length', 'Connection: content-length'),
  forwards(
    'RFC 9110 7.6.1',
    'nor Transfer-Encoding',
    `${head('POST / HTTP/1.1', HOST, 'Connection: transfer-encoding', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    `${head('POST / HTTP/1.1', HOST, ours(), 'Transfer-Encoding: chunked')}0\r\n\r\n`,
  ),
  drops('RFC 9110 7.6.1', 'nor what we say', 'Connection: x-forwarded-for, x-real-ip'),
  drops('RFC 9110 7.6.1', 'Keep-Alive', 'Keep-Alive: timeout=5'),
  drops('RFC 9110 7.6.1', 'Proxy-Connection', 'Proxy-Connection: keep-alive'),
  drops('RFC 9110 11.7.2', 'Proxy-Authorization', 'Proxy-Authorization: Basic x'),
  drops('RFC 9110 6.6.2', 'Trailer', 'Trailer: X'),
  drops('RFC 9110 7.8', 'Upgrade that Connection does not name', 'Upgrade: websocket'),
  drops('RFC 9110 10.1.4', 'TE of another coding', 'TE: gzip', 'Connection: TE'),
  forwards(
    'RFC 9110 10.1.4',
    'TE: trailers is asked for anew',
    post('te: gzip, trailers', 'Connection: te'),
    post(ours(), 'Connection: TE', 'TE: trailers'),
  ),
];

export const identity: readonly ByteCase[] = [
  drops('RFC 7239 8.1', 'Forwarded', 'Forwarded: for=192.0.2.1'),
  drops('Headgate', 'X-Forwarded-*', 'X-Forwarded-For: 192.0.2.1', 'x-forwarded-user: root'),
  drops('Headgate', 'X-Real-IP', 'X-Real-IP: 192.0.2.1'),
  drops('Headgate', 'what looks like one of them', 'X_Forwarded-For: 192.0.2.1', 'X_Real_IP: x'),
  drops('Headgate', 'what looks like framing', 'Content_Length: 99', 'Transfer_Encoding: chunked'),
  forwards(
    'Headgate',
    'a field with an underscore that looks like none is passed on',
    post('X_Other: 1'),
    post('X_Other: 1', ours()),
  ),
  {
    ...script(
      'RFC 7239 4',
      'a trusted peer is believed, and continued by one hop',
      client(
        post('X-Forwarded-For: 192.0.2.1', 'Forwarded: for=192.0.2.1', 'X-Real-IP: 192.0.2.9'),
      ),
      toUpstream(
        post(
          ours('a.example', { chain: '192.0.2.1, 127.0.0.1', client: '192.0.2.1' }).replace(
            /\r\nX-Request-ID/,
            '\r\nForwarded: for=192.0.2.1, for=127.0.0.1$&',
          ),
        ),
      ),
    ),
    options: { trustedProxies: ['127.0.0.0/8'] },
  },
];

const ANSWER = ['HTTP/1.1 200 OK', 'Content-Length: 0'];

export const via: readonly ByteCase[] = [
  forwards(
    'RFC 9110 7.6.3',
    'Via is passed on as it is',
    post('Via: 1.0 first'),
    post('Via: 1.0 first', ours()),
  ),
  {
    ...script(
      'RFC 9110 7.6.3',
      'Via has us behind the others, in both directions, where we have a name',
      client(head('GET / HTTP/1.0', HOST, 'Via: 1.1 first')),
      toUpstream(head('GET / HTTP/1.1', HOST, 'Via: 1.1 first', ours(), 'Via: 1.0 edge')),
      upstream(head(...ANSWER, 'Via: 1.1 last')),
      toClient(head(...ANSWER, 'Via: 1.1 last', OUR_DATE, 'Via: 1.1 edge', 'Connection: close')),
    ),
    options: { via: 'edge' },
  },
];
