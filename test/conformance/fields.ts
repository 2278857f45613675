// Field lines, and Host: what a head may look like (RFC 9112 3.2 and 5, RFC 9110 5).

import { forwards, refuses, script } from '../support/byte-case.ts';
import { client, GET, HOST, head, ours, toUpstream } from '../support/byte-stage.ts';

const LINE = [400, 'malformed request line'] as const;
const FIELD = [400, 'malformed field line'] as const;
const BAD_HOST = [400, 'missing, repeated or malformed Host'] as const;
const LARGE = [431, 'request head too large'] as const;
const MANY = [431, 'too many field lines'] as const;

function get(...lines: readonly string[]): string {
  return head('GET / HTTP/1.1', ...lines);
}

function fields(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `X-${index}: y`);
}

/** A head of `size` bytes up to the end of its last line, in lines of a thousand. */
function headOf(size: number): string[] {
  const lines = ['GET / HTTP/1.1', HOST];
  let left = size - lines.join('\r\n').length;
  for (; left > 1_000; left -= 1_000) lines.push(`X: ${'y'.repeat(995)}`);
  return [...lines, `X: ${'y'.repeat(left - 5)}`];
}

const LARGEST = headOf(32_768);

export const fieldLines = [
  forwards(
    'RFC 9110 5.3',
    'fields keep their order and spelling',
    get('B: 1', HOST, 'a:2', 'B:  3\t'),
    get('B: 1', HOST, 'a:2', 'B:  3\t', ours()),
  ),
  forwards('RFC 9110 5.5', 'a value may be empty', get(HOST, 'X:'), get(HOST, 'X:', ours())),
  forwards(
    'RFC 9110 5.5',
    'bytes above 127 pass as they are',
    get(HOST, 'X: \xe4\xff'),
    get(HOST, 'X: \xe4\xff', ours()),
  ),
  refuses('RFC 9110 5.1', 'a name is a token', get(HOST, 'X(y: z'), FIELD),
  refuses('RFC 9110 5.1', 'a name is not empty', get(HOST, ': z'), FIELD),
  refuses('RFC 9112 5', 'a line has a colon', get(HOST, 'X'), FIELD),
  refuses('RFC 9112 5.1', 'no space stands before the colon', get(HOST, 'X : y'), FIELD),
  refuses('RFC 9112 5.1', 'nor a tab', get(HOST, 'Transfer-Encoding\t: chunked'), FIELD),
  refuses('RFC 9112 5.2', 'a line is not folded', get(HOST, 'X: y', ' z'), FIELD),
  refuses('RFC 9112 5.2', 'nor with a tab', get(HOST, 'X: y', '\tContent-Length: 5'), FIELD),
  refuses('RFC 9112 2.2', 'no whitespace follows the request line', get(` ${HOST}`), FIELD),
  refuses('RFC 9112 2.2', 'a value has no bare LF', get(HOST, 'X: y\nZ: 1'), FIELD),
  refuses('RFC 9112 2.2', 'a value has no bare CR', get(HOST, 'X: y\rZ: 1'), FIELD),
  refuses('RFC 9112 2.2', 'a head in bare LFs is none', `GET / HTTP/1.1\n${HOST}\n\n`, LINE),
  refuses('RFC 9110 5.5', 'a value has no NUL', get(HOST, 'X: y\0'), FIELD),
  refuses('RFC 9110 5.5', 'a value has no control byte', get(HOST, 'X: \x1b'), FIELD),
  refuses('RFC 9110 5.5', 'nor DEL', get(HOST, 'X: \x7f'), FIELD),
  forwards(
    'RFC 9110 5.4',
    'a head may have 128 lines',
    get(HOST, ...fields(127)),
    get(HOST, ...fields(127), ours()),
  ),
  refuses('RFC 6585 5', 'and no more', get(HOST, ...fields(128)), MANY),
  forwards('RFC 9110 5.4', 'a head may have 32 KiB', head(...LARGEST), head(...LARGEST, ours())),
  refuses('RFC 6585 5', 'a head has no more bytes', head(...headOf(32_769)), LARGE),
];

export const hostField = [
  forwards(
    'RFC 9112 3.2',
    'Host is passed on as it is, port and case included',
    get('hOST:A.Example:8080 '),
    get('hOST:A.Example:8080 ', ours('A.Example:8080')),
  ),
  forwards(
    'RFC 9112 3.2',
    'a name may end in a dot',
    get('Host: a.example.'),
    get('Host: a.example.', ours('a.example.')),
  ),
  refuses('RFC 9112 3.2', 'HTTP/1.1 has a Host', get('X: y'), BAD_HOST),
  refuses('RFC 9112 3.2', 'one Host, though they are equal', get(HOST, HOST), BAD_HOST),
  refuses('RFC 9112 3.2', 'one Host', get(HOST, 'Host: b.example'), BAD_HOST),
  refuses('RFC 9112 3.2', 'one name in it', get('Host: a.example, b.example'), BAD_HOST),
  refuses('RFC 9112 3.2', 'it is not empty', get('Host:'), BAD_HOST),
  refuses(
    'RFC 9112 3.2.2',
    'nor beside an absolute-form target',
    head('GET http://a.example/ HTTP/1.1', 'Host:'),
    BAD_HOST,
  ),
  refuses(
    'RFC 9112 3.2.2',
    'it is the target’s',
    head('GET http://a.example/ HTTP/1.1', 'Host: b.example'),
    BAD_HOST,
  ),
  refuses('RFC 9110 4.2.4', 'it has no userinfo', get('Host: u@a.example'), BAD_HOST),
  refuses('RFC 9110 7.2', 'it has no path', get('Host: a.example/x'), BAD_HOST),
  refuses('RFC 9110 7.2', 'it has no space', get('Host: a example'), BAD_HOST),
  refuses('RFC 9110 7.2', 'its port is a number', get('Host: a.example:x'), BAD_HOST),
  refuses('RFC 9110 7.2', 'its port is one number', get('Host: a.example:80:80'), BAD_HOST),
  refuses('RFC 3986 3.2.2', 'an IPv6 address is whole', get('Host: [::1'), BAD_HOST),
  refuses('RFC 3986 3.2.2', 'nothing is encoded in it', get('Host: a%2eexample'), BAD_HOST),
  script(
    'RFC 9112 3.2',
    'the first request that is whole is forwarded, though the second one is refused',
    client(GET + get('Host:')),
    toUpstream(get(HOST, ours())),
  ),
];
