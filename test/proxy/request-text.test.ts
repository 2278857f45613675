import { describe, expect, test } from 'vitest';
import { requestText } from '#proxy/http2/request-text.ts';

const GET = [':method', 'GET', ':scheme', 'http', ':path', '/a?b', ':authority', 'a.test'];
const CONNECT = [':method', 'CONNECT', ...GET.slice(2)];

function textOf(pairs: readonly string[], hasBody = false): string | null {
  return requestText(pairs, hasBody, () => 'KEY')?.text ?? null;
}

describe('what becomes of a request', () => {
  const cases: readonly [name: string, pairs: readonly string[], hasBody: boolean, text: string][] =
    [
      ['a GET', [...GET, 'a', 'b'], false, 'GET /a?b HTTP/1.1\r\nHost: a.test\r\na: b\r\n'],
      [
        'a GET with content',
        GET,
        true,
        'GET /a?b HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n',
      ],
      [
        'content of a known length',
        [...GET, 'content-length', '3'],
        true,
        'GET /a?b HTTP/1.1\r\nHost: a.test\r\ncontent-length: 3\r\n',
      ],
      [
        'a POST without content',
        [':method', 'POST', ...GET.slice(2)],
        false,
        'POST /a?b HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n',
      ],
      [
        'crumbs of a cookie',
        [...GET, 'cookie', 'a', 'x', 'y', 'cookie', 'b'],
        false,
        'GET /a?b HTTP/1.1\r\nHost: a.test\r\nx: y\r\ncookie: a; b\r\n',
      ],
      [
        'Host in place of :authority',
        [...GET.slice(0, 6), 'host', 'b.test'],
        false,
        'GET /a?b HTTP/1.1\r\nHost: b.test\r\n',
      ],
      [
        'Host beside :authority',
        [...GET, 'host', 'A.TEST'],
        false,
        'GET /a?b HTTP/1.1\r\nHost: a.test\r\n',
      ],
      [
        'a CONNECT, which the reader refuses',
        [':method', 'CONNECT', ':authority', 'a:1'],
        false,
        'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n',
      ],
      [
        'a CONNECT for a WebSocket',
        [...CONNECT, ':protocol', 'websocket', 'sec-websocket-key', 'theirs'],
        true,
        'GET /a?b HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: KEY\r\n',
      ],
      [
        'a CONNECT for something else',
        [...CONNECT, ':protocol', 'connect-udp'],
        false,
        'CONNECT a.test HTTP/1.1\r\nHost: a.test\r\n',
      ],
    ];

  test.each(cases)('%s', (_, pairs, hasBody, text) => {
    expect(textOf(pairs, hasBody)).toBe(text);
    const lines = text.split('\r\n').length - 2;
    expect(requestText(pairs, hasBody, () => 'KEY')?.lineCount).toBe(lines);
  });
});

test('a value that would make a line of its own does not count as one', () => {
  const request = requestText([...GET, 'a', 'b\r\nc: d'], false, () => 'KEY');
  expect(request?.lineCount).toBe(2);
});

describe('malformed (RFC 9113 8.1.1)', () => {
  const cases: readonly [name: string, pairs: readonly string[]][] = [
    ['nothing at all', []],
    ['no :method', GET.slice(2)],
    ['no :scheme', [...GET.slice(0, 2), ...GET.slice(4)]],
    ['no :path', [...GET.slice(0, 4), ...GET.slice(6)]],
    ['no authority', GET.slice(0, 6)],
    ['a repeated :authority', [...GET, ':authority', 'a.test']],
    ['an unknown pseudo-header field', [...GET, ':x', 'y']],
    [
      'a pseudo-header field behind a field',
      [...GET.slice(0, 6), 'a', 'b', ':authority', 'a.test'],
    ],
    [
      'a :path in absolute-form',
      [...GET.slice(0, 4), ':path', 'http://b/', ':authority', 'a.test'],
    ],
    ['an asterisk for a GET', [...GET.slice(0, 4), ':path', '*', ':authority', 'a.test']],
    ['another scheme', [':method', 'GET', ':scheme', 'ftp', ...GET.slice(4)]],
    ['Host beside another :authority', [...GET, 'host', 'b.test']],
    ['two Hosts', [...GET, 'host', 'a.test', 'host', 'a.test']],
    ['Connection', [...GET, 'connection', 'close']],
    ['Keep-Alive', [...GET, 'keep-alive', 'x']],
    ['Proxy-Connection', [...GET, 'proxy-connection', 'x']],
    ['Transfer-Encoding', [...GET, 'transfer-encoding', 'chunked']],
    ['Upgrade', [...GET, 'upgrade', 'websocket']],
    ['TE: gzip', [...GET, 'te', 'gzip']],
    ['CONNECT with a path', [':method', 'CONNECT', ':path', '/', ':authority', 'a:1']],
    ['a WebSocket by GET', [...GET, ':protocol', 'websocket']],
    ['a WebSocket with a length', [...CONNECT, ':protocol', 'websocket', 'content-length', '1']],
  ];

  test.each(cases)('%s', (_, pairs) => {
    expect(textOf(pairs, true)).toBeNull();
  });
});
