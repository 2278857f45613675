// Request lines: methods, the forms of a target, versions, whitespace (RFC 9112 2 and 3).

import { forwards, refuses, script } from '../support/byte-case.ts';
import {
  accepted,
  client,
  endsClient,
  GET,
  HOST,
  head,
  OK,
  OUR_DATE,
  ours,
  toClient,
  toUpstream,
  upstream,
} from '../support/byte-stage.ts';

const LINE = [400, 'malformed request line'] as const;
const TARGET = [400, 'malformed request target'] as const;
const VERSION = [505, 'HTTP version not supported'] as const;
const METHOD = [501, 'method not implemented'] as const;

const FORWARDED = head('GET / HTTP/1.1', HOST, ours());
/** What a question about the server as a whole is answered with. */
const FOR_SERVER = head(
  'HTTP/1.1 200 OK',
  OUR_DATE,
  'Server: headgate',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Length: 0',
);

function line(text: string): string {
  return head(text, HOST);
}

export const requestLine = [
  // --- whitespace and empty lines ---
  forwards('RFC 9112 2.2', 'an empty line before a request is ignored', `\r\n${GET}`, FORWARDED),
  forwards('RFC 9112 2.2', 'so are two', `\r\n\r\n${GET}`, FORWARDED),
  refuses('RFC 9112 2.2', 'but not three', `\r\n\r\n\r\n${GET}`, LINE),
  refuses('RFC 9112 2.2', 'nor whitespace before the line', ` ${GET}`, LINE),
  refuses('RFC 9112 2.2', 'a bare LF ends no line', line('GET / HTTP/1.1\nX: y'), LINE),
  refuses('RFC 9112 2.2', 'a bare CR ends no line', line('GET / HTTP/1.1\rX: y'), LINE),
  refuses('RFC 9112 3', 'one space stands before the target', line('GET  / HTTP/1.1'), LINE),
  refuses('RFC 9112 3', 'one space stands behind the target', line('GET /  HTTP/1.1'), LINE),
  refuses('RFC 9112 3', 'none stands behind the version', line('GET / HTTP/1.1 '), LINE),
  refuses('RFC 9112 3', 'a tab is no space', line('GET\t/ HTTP/1.1'), LINE),
  // --- methods ---
  forwards(
    'RFC 9110 9.1',
    'a method is any token, and has case',
    line('mY-method! / HTTP/1.1'),
    head('mY-method! / HTTP/1.1', HOST, ours()),
  ),
  refuses('RFC 9110 9.1', 'a method is a token', line('GE(T / HTTP/1.1'), LINE),
  refuses('RFC 9110 9.3.6', 'CONNECT is not for us', line('CONNECT / HTTP/1.1'), METHOD),
  // --- targets ---
  refuses('RFC 9112 3.2', 'a target has no space', line('GET /a b HTTP/1.1'), LINE),
  refuses('RFC 9112 3.2', 'a target has no control byte', line('GET /a\0b HTTP/1.1'), TARGET),
  refuses('RFC 9112 3.2.1', 'a target begins with a slash', line('GET a HTTP/1.1'), TARGET),
  refuses('RFC 9112 3.2.1', 'a target has no fragment', line('GET /#a HTTP/1.1'), TARGET),
  forwards(
    'RFC 9112 3.2.2',
    'absolute-form becomes origin-form',
    line('GET http://a.example/x?y HTTP/1.1'),
    head('GET /x?y HTTP/1.1', HOST, ours()),
  ),
  script(
    'RFC 9112 3.2.2',
    'its authority stands in for the Host that HTTP/1.0 may leave out',
    client(head('GET http://a.example/x HTTP/1.0')),
    toUpstream(head('GET /x HTTP/1.1', HOST, ours())),
  ),
  refuses('RFC 9110 4.2.1', 'it has a host', line('GET http:///x HTTP/1.1'), TARGET),
  refuses('RFC 9110 4.2.4', 'it has no userinfo', line('GET http://u@a.example/ HTTP/1.1'), TARGET),
  refuses('RFC 9112 3.2.2', 'its scheme is HTTP’s', line('GET ftp://a.example/ HTTP/1.1'), TARGET),
  refuses('RFC 9112 3.2.3', 'no tunnel is made', line('CONNECT a.example:443 HTTP/1.1'), METHOD),
  refuses(
    'RFC 9112 3.2.3',
    'authority-form is no target',
    line('GET a.example:80 HTTP/1.1'),
    TARGET,
  ),
  refuses('RFC 9112 3.2.4', '* is for OPTIONS', line('GET * HTTP/1.1'), TARGET),
  refuses('RFC 9112 3.2.4', '* stands alone', line('OPTIONS *a HTTP/1.1'), TARGET),
  script(
    'RFC 9110 9.3.7',
    'OPTIONS * asks us, not an upstream, and the connection goes on',
    client(line('OPTIONS * HTTP/1.1') + line('OPTIONS http://a.example HTTP/1.1')),
    toClient(FOR_SERVER + FOR_SERVER),
    accepted(0),
    client(GET),
    toUpstream(FORWARDED),
    upstream(OK),
    toClient(OK),
  ),
  forwards(
    'RFC 9110 9.3.7',
    'OPTIONS of a path asks its upstream',
    line('OPTIONS /x HTTP/1.1'),
    head('OPTIONS /x HTTP/1.1', HOST, ours()),
  ),
  // --- Max-Forwards ---
  forwards(
    'RFC 9110 7.6.2',
    'Max-Forwards of OPTIONS counts down',
    head('OPTIONS /x HTTP/1.1', HOST, 'Max-Forwards: 1'),
    head('OPTIONS /x HTTP/1.1', HOST, ours(), 'Max-Forwards: 0'),
  ),
  script(
    'RFC 9110 7.6.2',
    'at zero the request is ours to answer',
    client(head('OPTIONS /x HTTP/1.1', HOST, 'Max-Forwards: 0')),
    toClient(FOR_SERVER),
    accepted(0),
  ),
  refuses(
    'RFC 9110 7.6.2',
    'and TRACE is one that we do not implement',
    head('TRACE / HTTP/1.1', HOST, 'Max-Forwards: 0'),
    METHOD,
  ),
  forwards(
    'RFC 9110 7.6.2',
    'Max-Forwards of another method is a field like any other',
    head('GET / HTTP/1.1', HOST, 'Max-Forwards: 0'),
    head('GET / HTTP/1.1', HOST, 'Max-Forwards: 0', ours()),
  ),
  // --- length ---
  forwards(
    'RFC 9112 3',
    'a target may have 8,192 bytes',
    line(`GET /${'a'.repeat(8_191)} HTTP/1.1`),
    head(`GET /${'a'.repeat(8_191)} HTTP/1.1`, HOST, ours()),
  ),
  refuses('RFC 9110 15.5.15', 'and no more', line(`GET /${'a'.repeat(8_192)} HTTP/1.1`), [
    414,
    'request target too long',
  ]),
  // --- versions ---
  script(
    'RFC 9112 2.3',
    'HTTP/1.0 is understood, and forwarded in our version',
    client(head('GET / HTTP/1.0', HOST)),
    toUpstream(FORWARDED),
    upstream(OK),
    toClient(
      `${head('HTTP/1.1 200 OK', 'Date: then', 'Content-Length: 2', 'Connection: close')}ok`,
    ),
    endsClient,
  ),
  refuses('RFC 9112 2.3', 'a version has no more digits', line('GET / HTTP/1.10'), LINE),
  refuses('RFC 9112 2.3', 'a version has case', line('GET / http/1.1'), LINE),
  refuses('RFC 9112 2.3', 'a request has a version', line('GET /'), TARGET),
  refuses('RFC 9110 15.6.6', 'HTTP/1.2 is not spoken', line('GET / HTTP/1.2'), VERSION),
  refuses('RFC 9110 15.6.6', 'HTTP/2.0 is not spoken so', line('GET / HTTP/2.0'), VERSION),
  refuses('RFC 9113 3.4', 'nor begun so', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', VERSION),
  refuses('RFC 9110 15.6.6', 'HTTP/0.9 is not spoken', line('GET / HTTP/0.9'), VERSION),
];
