import { describe, expect, it } from 'vitest';
import { CHUNKED } from '#proxy/http1/request-head.ts';
import { ResponseHead, UNTIL_CLOSE } from '#proxy/http1/response-head.ts';

function read(...lines: string[]): ResponseHead | null {
  const text = `${lines.join('\r\n')}\r\n`;
  const head = new ResponseHead();
  return head.read(Buffer.from(text, 'latin1'), text, 0, text.length) ? head : null;
}

describe('a status line', () => {
  it.each([
    ['HTTP/1.1 200 OK', 200],
    ['HTTP/1.0 200 OK', 200],
    ['HTTP/1.1 200 ', 200],
    ['HTTP/1.1 200', 200],
    ['HTTP/1.1 299 Fine and dandy', 299],
    ['HTTP/1.1 200 \xfcber', 200],
    ['HTTP/1.1 099 x', null],
    ['HTTP/1.1 600 x', null],
    ['HTTP/1.1 20 x', null],
    ['HTTP/1.1 2000 x', null],
    ['HTTP/1.1 2x0 x', null],
    ['HTTP/1.1  200 OK', null],
    ['HTTP/2.0 200 OK', null],
    ['HTTP/1.2 200 OK', null],
    ['http/1.1 200 OK', null],
    ['HTTP/1.1 200 O\x00K', null],
    ['ICY 200 OK', null],
  ])('%j -> %s (RFC 9112 4)', (line, status) => {
    expect(read(line)?.status ?? null).toBe(status);
  });
});

describe('response framing', () => {
  it.each([
    // field lines                                              length, null: refused
    [[], UNTIL_CLOSE],
    [['Content-Length: 5'], 5],
    [['Transfer-Encoding: chunked'], CHUNKED],
    [['Content-Length: 5', 'Content-Length: 5'], null],
    [['Content-Length: 5, 5'], null],
    [['Content-Length: -5'], null],
    [['Content-Length: 5', 'Transfer-Encoding: chunked'], null],
    [['Transfer-Encoding: gzip, chunked'], null],
    [['Transfer-Encoding: gzip'], null],
    [['X : y'], null],
    [['X: y', ' folded'], null],
  ])('%j -> %s (RFC 9112 6.3)', (lines, length) => {
    expect(read('HTTP/1.1 200 OK', ...lines)?.bodyLength ?? null).toBe(length);
  });

  it('is never chunked in HTTP/1.0 (RFC 9112 6.1)', () => {
    expect(read('HTTP/1.0 200 OK', 'Transfer-Encoding: chunked')).toBeNull();
  });
});

describe('persistence', () => {
  it.each([
    ['HTTP/1.1', [], true, -1],
    ['HTTP/1.1', ['Connection: close'], false, -1],
    ['HTTP/1.0', [], false, -1],
    ['HTTP/1.0', ['Connection: keep-alive'], true, -1],
    ['HTTP/1.1', ['Keep-Alive: timeout=5'], true, 5],
    ['HTTP/1.1', ['Keep-Alive: max=100, timeout=30'], true, 30],
    ['HTTP/1.1', ['Keep-Alive: xtimeout=30'], true, -1],
    ['HTTP/1.1', ['Keep-Alive: timeout=0'], true, 0],
  ])('%s with %j: %s, %i s (RFC 9112 9.3)', (version, lines, keepAlive, keepAliveSeconds) => {
    expect(read(`${version} 200 OK`, ...lines)).toMatchObject({ keepAlive, keepAliveSeconds });
  });
});
