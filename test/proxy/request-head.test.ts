import { describe, expect, it } from 'vitest';
import { CHUNKED, RequestHead } from '#proxy/http1/request-head.ts';

/** Reads a head whose lines are given without their CRLFs. */
function read(...lines: string[]) {
  return readRaw(`${lines.join('\r\n')}\r\n`);
}

function readRaw(text: string) {
  const head = new RequestHead();
  const refusal = head.read(Buffer.from(text, 'latin1'), text, 0, text.length);
  return {
    status: refusal?.status ?? 200,
    head,
    host: text.slice(head.hostStart, head.hostEnd),
    path: text.slice(head.pathStart, head.pathEnd),
  };
}

const HOST = 'Host: a.example';
const LONG = 'x'.repeat(8_192);

describe('a request line', () => {
  it.each([
    // request line                                 status  rule
    ['GET / HTTP/1.1', 200, 'RFC 9112 3'],
    ['GET / HTTP/1.0', 200, 'RFC 9112 2.3'],
    ['get / HTTP/1.1', 200, 'a method is any token, RFC 9110 9.1'],
    ['M-SEARCH /x HTTP/1.1', 200, 'a method is any token, RFC 9110 9.1'],
    ['GET  / HTTP/1.1', 400, 'single spaces, RFC 9112 3'],
    ['GET /  HTTP/1.1', 400, 'single spaces, RFC 9112 3'],
    [' GET / HTTP/1.1', 400, 'no leading space, RFC 9112 2.2'],
    ['GET / HTTP/1.1 ', 400, 'no trailing space, RFC 9112 3'],
    ['GET\t/ HTTP/1.1', 400, 'a tab is no space, RFC 9112 3'],
    ['G(T / HTTP/1.1', 400, 'a method is a token, RFC 9110 9.1'],
    ['GET /', 400, 'HTTP/0.9 is not spoken'],
    ['GET / HTTP/1.2', 505, 'RFC 9110 15.6.6'],
    ['GET / HTTP/2.0', 505, 'RFC 9110 15.6.6'],
    ['GET / HTTP/0.9', 505, 'RFC 9110 15.6.6'],
    ['GET / HTTP/1.10', 400, 'RFC 9112 2.3'],
    ['GET / http/1.1', 400, 'the version is case-sensitive, RFC 9112 2.3'],
    ['GET / HTTP/1,1', 400, 'RFC 9112 2.3'],
    ['GET / ICY/1.1', 400, 'RFC 9112 2.3'],
    [`GET /${LONG.slice(1)} HTTP/1.1`, 200, 'at the target limit'],
    [`GET /${LONG} HTTP/1.1`, 414, 'RFC 9110 15.5.15'],
    ['GET /a b HTTP/1.1', 400, 'no space in a target, RFC 9112 3.2'],
    ['GET /a#b HTTP/1.1', 400, 'no fragment in a target, RFC 9112 3.2.1'],
    ['GET /a\x00b HTTP/1.1', 400, 'no control byte in a target'],
    ['GET /ü HTTP/1.1', 400, 'only ASCII in a target'],
    ['GET a HTTP/1.1', 400, 'RFC 9112 3.2.1'],
    ['GET * HTTP/1.1', 400, 'asterisk-form is for OPTIONS, RFC 9112 3.2.4'],
    ['OPTIONS * HTTP/1.1', 200, 'RFC 9112 3.2.4'],
    ['OPTIONS ** HTTP/1.1', 400, 'RFC 9112 3.2.4'],
    ['CONNECT a.example:443 HTTP/1.1', 501, 'RFC 9112 3.2.3'],
    ['CONNECT / HTTP/1.1', 501, 'RFC 9110 9.3.6'],
    ['GET http://a.example/x HTTP/1.1', 200, 'RFC 9112 3.2.2'],
    ['GET HTTP://A.example/x HTTP/1.1', 200, 'a scheme has no case, RFC 3986 3.1'],
    ['GET http://b.example/x HTTP/1.1', 400, 'absolute-form and Host disagree'],
    ['GET http://u@a.example/ HTTP/1.1', 400, 'no userinfo, RFC 9110 4.2.4'],
    ['GET http:///x HTTP/1.1', 400, 'an empty authority, RFC 9110 4.2.1'],
    ['GET ftp://a.example/ HTTP/1.1', 400, 'not a scheme of ours'],
  ])('%s -> %i (%s)', (line, status) => {
    expect(read(line, HOST).status).toBe(status);
  });

  it.each([
    // target                          path
    ['/', '/'],
    ['/a/b', '/a/b'],
    ['/a?b=/c', '/a'],
    ['/?', '/'],
    ['http://a.example/x?y', '/x'],
    ['http://a.example', '/'],
    ['https://a.example?y', '/'],
  ])('%s has the path %s', (target, path) => {
    expect(read(`GET ${target} HTTP/1.1`, HOST).path).toBe(path);
  });
});

describe('Host', () => {
  it.each([
    // field lines                        status  host
    [['Host: a.example'], 200, 'a.example'],
    [['hOST:a.example  '], 200, 'a.example'],
    [['Host: a.example:8080'], 200, 'a.example'],
    [['Host: a.example:'], 200, 'a.example'],
    [['Host: a.example.'], 200, 'a.example'],
    [['Host: a.example.:80'], 200, 'a.example'],
    [['Host: 127.0.0.1:80'], 200, '127.0.0.1'],
    [['Host: [::1]:80'], 200, '[::1]'],
    [['Host: a_b.example'], 200, 'a_b.example'],
    [[], 400, ''],
    [['Host:'], 400, ''],
    [['Host: .'], 200, '.'],
    [['Host: a.example', 'Host: a.example'], 400, ''],
    [['Host: a.example, b.example'], 400, ''],
    [['Host: a.example:80:80'], 400, ''],
    [['Host: a.example:x'], 400, ''],
    [['Host: a.example:123456'], 400, ''],
    [['Host: u@a.example'], 400, ''],
    [['Host: a.example/x'], 400, ''],
    [['Host: a%2eexample'], 400, ''],
    [['Host: [::1'], 400, ''],
    [['Host: []'], 400, ''],
    [['Host: [::1]x'], 400, ''],
    [[`Host: ${'a'.repeat(254)}`], 400, ''],
  ])('%j -> %i %s (RFC 9112 3.2)', (lines, status, host) => {
    const request = read('GET / HTTP/1.1', ...lines);
    expect(request.status).toBe(status);
    if (status === 200) expect(request.host).toBe(host);
  });

  it('may be missing in HTTP/1.0 only', () => {
    expect(read('GET / HTTP/1.0')).toMatchObject({ status: 200, host: '' });
  });
});

describe('a field line', () => {
  it.each([
    ['X: y', 200, 'RFC 9112 5'],
    ['X:', 200, 'a value may be empty, RFC 9110 5.5'],
    ['X: \t y \t', 200, 'optional whitespace, RFC 9110 5.6.3'],
    ['X: ü', 200, 'obs-text is let through, RFC 9110 5.5'],
    ['X : y', 400, 'no space before the colon, RFC 9112 5.1'],
    [' X: y', 400, 'no folding, RFC 9112 5.2'],
    ['\tX: y', 400, 'no folding, RFC 9112 5.2'],
    ['X', 400, 'a colon, RFC 9112 5'],
    [': y', 400, 'a name, RFC 9110 5.1'],
    ['X(: y', 400, 'a name is a token, RFC 9110 5.1'],
    ['X: a\x00b', 400, 'no NUL, RFC 9110 5.5'],
    ['X: a\rb', 400, 'no bare CR, RFC 9112 2.2'],
    ['X: a\nb', 400, 'no bare LF, RFC 9112 2.2'],
    ['X: a\x7fb', 400, 'no control byte, RFC 9110 5.5'],
  ])('%j -> %i (%s)', (line, status) => {
    expect(read('GET / HTTP/1.1', HOST, line).status).toBe(status);
  });

  it('comes at most 128 times', () => {
    const fields = (count: number) => Array.from({ length: count }, (_, i) => `X-${i}: y`);
    expect(read('GET / HTTP/1.1', HOST, ...fields(127)).status).toBe(200);
    expect(read('GET / HTTP/1.1', HOST, ...fields(128)).status).toBe(431);
  });
});

describe('body framing', () => {
  it.each([
    // field lines                                              status  length
    [[], 200, 0],
    [['Content-Length: 0'], 200, 0],
    [['Content-Length: 12'], 200, 12],
    [['content-length:012'], 200, 12],
    [['Content-Length: 999999999999999'], 200, 999_999_999_999_999],
    [['Content-Length: 9999999999999999'], 400, 0],
    [['Content-Length: +1'], 400, 0],
    [['Content-Length: -1'], 400, 0],
    [['Content-Length: 0x1'], 400, 0],
    [['Content-Length: 1 2'], 400, 0],
    [['Content-Length: 1, 1'], 400, 0],
    [['Content-Length:'], 400, 0],
    [['Content-Length: 1', 'Content-Length: 1'], 400, 0],
    [['Content-Length: 1', 'Content-Length: 2'], 400, 0],
    [['Transfer-Encoding: chunked'], 200, CHUNKED],
    [['Transfer-Encoding: Chunked'], 200, CHUNKED],
    [['Transfer-Encoding: chunked', 'Content-Length: 1'], 400, 0],
    [['Content-Length: 1', 'Transfer-Encoding: chunked'], 400, 0],
    [['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], 400, 0],
    [['Transfer-Encoding: chunked, chunked'], 501, 0],
    [['Transfer-Encoding: gzip, chunked'], 501, 0],
    [['Transfer-Encoding: identity, chunked'], 501, 0],
    [['Transfer-Encoding: xchunked'], 501, 0],
    [['Transfer-Encoding: chunked;q=1'], 501, 0],
    [['Transfer-Encoding:'], 501, 0],
  ])('%j -> %i %d (RFC 9112 6)', (lines, status, length) => {
    const request = read('POST / HTTP/1.1', HOST, ...lines);
    expect(request.status).toBe(status);
    if (status === 200) expect(request.head.bodyLength).toBe(length);
  });

  it('is never chunked in HTTP/1.0 (RFC 9112 6.1)', () => {
    expect(read('POST / HTTP/1.0', 'Transfer-Encoding: chunked').status).toBe(400);
  });
});

describe('persistence', () => {
  it.each([
    ['HTTP/1.1', [], true],
    ['HTTP/1.1', ['Connection: close'], false],
    ['HTTP/1.1', ['Connection: Close'], false],
    ['HTTP/1.1', ['Connection: x, close'], false],
    ['HTTP/1.1', ['Connection: x'], true],
    ['HTTP/1.0', [], false],
    ['HTTP/1.0', ['Connection: keep-alive'], true],
    ['HTTP/1.0', ['Connection: Keep-Alive'], true],
  ])('%s with %j: %s (RFC 9112 9.3)', (version, lines, keepAlive) => {
    expect(read(`GET / ${version}`, HOST, ...lines).head.keepAlive).toBe(keepAlive);
  });
});

describe('Expect', () => {
  it.each([
    ['Expect: 100-continue', 200],
    ['Expect: 100-Continue', 200],
    ['Expect: something', 417],
  ])('%s -> %i (RFC 9110 10.1.1)', (line, status) => {
    expect(read('POST / HTTP/1.1', HOST, 'Content-Length: 1', line).status).toBe(status);
  });
});
