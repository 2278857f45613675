import { describe, expect, it } from 'vitest';
import { RequestHead } from '#proxy/http1/request-head.ts';
import { ResponseHead } from '#proxy/http1/response-head.ts';
import { type ResponseFraming, rewriteResponse } from '#proxy/phases/respond.ts';
import { rewriteRequest } from '#proxy/phases/rewrite.ts';
import { NO_VIA, viaFields } from '#proxy/phases/via-fields.ts';

const ADDED = ['X-Forwarded-For: 192.0.2.1', 'X-Forwarded-Host: a.example'];
const CLIENT = {
  fields: `${ADDED.join('\r\n')}\r\n`,
  requestId: 'generated',
  via: NO_VIA,
};
const ID = 'X-Request-ID: generated';

/** The lines that are forwarded for a request head given as lines. */
function forwarded(...lines: string[]): string[] {
  return forwardedWith(CLIENT, ...lines);
}

function forwardedWith(added: typeof CLIENT, ...lines: string[]): string[] {
  const text = `${lines.join('\r\n')}\r\n`;
  const bytes = Buffer.from(text, 'latin1');
  const head = new RequestHead();
  expect(head.read(bytes, text, 0, text.length)).toBeNull();
  const out = rewriteRequest(head, bytes, text, 0, added);
  expect(out.endsWith('\r\n\r\n')).toBe(true);
  return out.slice(0, -4).split('\r\n');
}

const GET = ['GET /x HTTP/1.1', 'Host: a.example'];

describe('a forwarded request', () => {
  it('keeps its fields, their order and their spelling', () => {
    const lines = [...GET, 'accept:*/*', 'X-a: 1', 'X-A: 2', 'Cookie: ü'];
    expect(forwarded(...lines)).toEqual([...lines, ...ADDED, ID]);
  });

  it.each([
    [['Connection: close'], 'RFC 9110 7.6.1'],
    [['Connection: X-Gone, keep-alive', 'X-Gone: 1'], 'RFC 9110 7.6.1'],
    [['X-Gone: 1', 'Connection: x-gone', 'Connection: y-gone', 'Y-Gone: 1'], 'RFC 9110 7.6.1'],
    [['Keep-Alive: timeout=5'], 'RFC 9110 7.6.1'],
    [['TE: gzip'], 'RFC 9110 10.1.4'],
    [['Trailer: X'], 'RFC 9110 6.6.2'],
    [['Upgrade: websocket'], 'an upgrade is asked for in Connection too, RFC 9110 7.8'],
    [['Upgrade: h2c', 'Connection: upgrade', 'HTTP2-Settings: AAMAAABkAAQAAP__'], 'RFC 9113 3.1'],
    [['Proxy-Connection: keep-alive'], 'RFC 9110 7.6.1'],
    [['Proxy-Authorization: Basic x'], 'RFC 9110 11.7.2'],
    [['X-Forwarded-For: 10.0.0.1'], 'only we say who the client is'],
    [['x-forwarded-anything: 1'], 'only we say who the client is'],
    [['Forwarded: for=10.0.0.1'], 'RFC 7239 8.1'],
    [['X-Real-IP: 10.0.0.1'], 'only we say who the client is'],
    [['X_Forwarded_For: 10.0.0.1'], 'a look-alike'],
    [['Content_Length: 5'], 'a look-alike'],
    [['Transfer_Encoding: chunked'], 'a look-alike'],
    [['Proxy_Connection: x'], 'a look-alike'],
  ])('drops %j (%s)', (lines) => {
    expect(forwarded(...GET, ...lines)).toEqual([...GET, ...ADDED, ID]);
  });

  it.each([
    ['Connection: host'],
    ['Connection: content-length'],
    ['Connection: transfer-encoding'],
  ])('keeps what %s names, since it is not the peer’s to remove', (line) => {
    const lines = ['POST /x HTTP/1.1', 'Host: a.example', 'Content-Length: 5'];
    expect(forwarded(...lines, line)).toEqual([...lines, ...ADDED, ID]);
  });

  it.each([
    ['X-Request-ID: abc-123', ['X-Request-ID: abc-123']],
    ['X-Request-ID: a b', [ID]],
    [`X-Request-ID: ${'a'.repeat(129)}`, [ID]],
    ['X-Request-ID:', [ID]],
  ])('has one request id, the client’s if it is harmless: %s', (line, ids) => {
    const out = forwarded(...GET, line).filter((each) => each.startsWith('X-Request-ID'));
    expect(out).toEqual(ids);
  });

  it('keeps only the first of two request ids', () => {
    const out = forwarded(...GET, 'X-Request-ID: a', 'X-Request-ID: b');
    expect(out.filter((line) => line.startsWith('X-Request-ID'))).toEqual(['X-Request-ID: a']);
  });

  it('asks for trailers where the client takes them (RFC 9110 10.1.4)', () => {
    const out = forwarded(...GET, 'te: gzip, Trailers', 'Connection: TE');
    expect(out).toEqual([...GET, ...ADDED, ID, 'Connection: TE', 'TE: trailers']);
  });

  it('passes on an upgrade, written anew (RFC 9110 7.8)', () => {
    const lines = ['Connection: keep-alive, Upgrade', 'upgrade: websocket', 'Sec-WebSocket-Key: x'];
    expect(forwarded(...GET, ...lines)).toEqual([
      ...GET,
      'Sec-WebSocket-Key: x',
      ...ADDED,
      ID,
      'Connection: Upgrade',
      'Upgrade: websocket',
    ]);
  });

  it.each([
    [['POST /x HTTP/1.1', 'Content-Length: 5'], 'a body would come before the other protocol'],
    [['GET /x HTTP/1.0'], 'HTTP/1.0 knows no upgrade, RFC 9110 7.8'],
    [['GET /x HTTP/1.1', 'Upgrade: y'], 'a list may hold what nobody has looked at, RFC 9110 7.8'],
  ])('passes on no upgrade of %j (%s)', ([line = '', ...lines]) => {
    const out = forwarded(line, 'Host: a.example', ...lines, 'Connection: upgrade', 'Upgrade: x');
    expect(out.some((each) => /upgrade/i.test(each))).toBe(false);
  });

  it.each([
    ['h2c'],
    ['H2C'],
    ['h2'],
    ['h2c/1'],
    ['websocket, h2c'],
    ['h2c,'],
    ['websocket h2c'],
    [''],
  ])('passes on no upgrade to %j (RFC 9113 3.1)', (protocol) => {
    const out = forwarded(...GET, 'Connection: upgrade', `Upgrade: ${protocol}`);
    expect(out).toEqual([...GET, ...ADDED, ID]);
  });

  it('is framed anew where it was chunked', () => {
    expect(forwarded(...GET, 'transfer-encoding: Chunked')).toEqual([
      ...GET,
      ...ADDED,
      ID,
      'Transfer-Encoding: chunked',
    ]);
  });

  it.each([
    ['GET /x HTTP/1.0', 'GET /x HTTP/1.1'],
    ['GET http://a.example/x?y HTTP/1.1', 'GET /x?y HTTP/1.1'],
    ['GET http://a.example HTTP/1.1', 'GET / HTTP/1.1'],
    ['GET http://a.example?y HTTP/1.1', 'GET /?y HTTP/1.1'],
  ])('has an HTTP/1.1 request line in origin-form: %s', (line, expected) => {
    expect(forwarded(line, 'Host: a.example')[0]).toBe(expected);
  });

  it.each([
    ['GET /x HTTP/1.1', 'Via: 1.1 edge'],
    ['GET /x HTTP/1.0', 'Via: 1.0 edge'],
  ])('says behind other proxies that %s came through us (RFC 9110 7.6.3)', (line, via) => {
    const added = { ...CLIENT, via: viaFields('edge') };
    const out = forwardedWith(added, line, 'Host: a.example', 'Via: 1.1 first');
    expect(out.filter((each) => each.startsWith('Via'))).toEqual(['Via: 1.1 first', via]);
  });

  it.each([
    ['OPTIONS /x HTTP/1.1', ['Max-Forwards: 7'], ['Max-Forwards: 6']],
    ['TRACE /x HTTP/1.1', ['max-forwards: 1'], ['Max-Forwards: 0']],
    ['OPTIONS /x HTTP/1.1', ['Max-Forwards: 9', 'Max-Forwards: 3'], ['Max-Forwards: 2']],
    ['OPTIONS /x HTTP/1.1', ['Max-Forwards: soon'], ['Max-Forwards: soon']],
    ['GET /x HTTP/1.1', ['Max-Forwards: 7'], ['Max-Forwards: 7']],
  ])('%s with %j counts a hop (RFC 9110 7.6.2)', (line, lines, expected) => {
    const out = forwarded(line, 'Host: a.example', ...lines);
    expect(out.filter((each) => /^max-forwards/i.test(each))).toEqual(expected);
  });

  it('has a Host even where an HTTP/1.0 client gave none (RFC 9112 3.2)', () => {
    expect(forwarded('GET / HTTP/1.0')).toContain('Host: ');
    expect(forwarded('GET http://a.example/ HTTP/1.0')).toContain('Host: a.example');
  });
});

describe('a forwarded response', () => {
  function answered(framing: Partial<ResponseFraming>, ...lines: string[]) {
    const text = `${lines.join('\r\n')}\r\n`;
    const bytes = Buffer.from(text, 'latin1');
    const head = new ResponseHead();
    expect(head.read(bytes, text, 0, text.length)).toBe(true);
    const full = { isChunked: false, connection: '', date: 'today', via: NO_VIA, ...framing };
    return rewriteResponse(head, bytes, text, 0, full).slice(0, -4).split('\r\n');
  }
  const OK = ['HTTP/1.1 200 OK', 'Date: then', 'Content-Length: 5'];

  it.each([
    [['Connection: keep-alive', 'Keep-Alive: timeout=5']],
    [['Connection: x-gone', 'X-Gone: 1']],
    [['Proxy-Authenticate: Basic']],
    [['Upgrade: h2c']],
    [['Trailer: X']],
    [['Transfer_Encoding: chunked']],
  ])('drops %j (RFC 9110 7.6.1)', (lines) => {
    expect(answered({}, ...OK, ...lines)).toEqual(OK);
  });

  it.each([
    ['HTTP/1.1 204 No Content', ['HTTP/1.1 204 No Content', 'Date: then']],
    ['HTTP/1.1 304 Not Modified', ['HTTP/1.1 304 Not Modified', 'Date: then', 'Content-Length: 5']],
    ['HTTP/1.0 200 Fine', ['HTTP/1.1 200 Fine', 'Date: then', 'Content-Length: 5']],
  ])('%s keeps the Content-Length it may have (RFC 9110 8.6)', (line, expected) => {
    expect(answered({}, line, 'Date: then', 'Content-Length: 5')).toEqual(expected);
  });

  it.each([
    ['HTTP/1.1 200', 'HTTP/1.1 200 '],
    ['HTTP/1.1 200 ', 'HTTP/1.1 200 '],
    ['HTTP/1.0 200', 'HTTP/1.1 200 '],
    ['HTTP/1.0 299 Fine and dandy', 'HTTP/1.1 299 Fine and dandy'],
  ])('%j begins with %j (RFC 9112 4)', (line, expected) => {
    expect(answered({}, line, 'Date: then')[0]).toBe(expected);
  });

  it.each([
    ['HTTP/1.1 200 OK', 'Via: 1.1 edge'],
    ['HTTP/1.0 200 OK', 'Via: 1.0 edge'],
  ])('says that %s came through us (RFC 9110 7.6.3)', (line, via) => {
    const out = answered({ via: viaFields('edge') }, line, 'Date: then', 'Via: 1.1 first');
    expect(out.slice(-2)).toEqual(['Via: 1.1 first', via]);
  });

  it('gets a Date where it has none (RFC 9110 6.6.1)', () => {
    expect(answered({}, 'HTTP/1.1 200 OK')).toEqual(['HTTP/1.1 200 OK', 'Date: today']);
  });

  it('is framed anew where it was chunked', () => {
    const framing = { isChunked: true, connection: 'Connection: close\r\n' };
    const lines = ['HTTP/1.1 200 OK', 'Date: then', 'Transfer-Encoding: chunked'];
    expect(answered(framing, ...lines)).toEqual([
      'HTTP/1.1 200 OK',
      'Date: then',
      'Connection: close',
      'Transfer-Encoding: chunked',
    ]);
  });
});
