import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import {
  formatAccessEntry,
  formatPassthrough,
  formatRequest,
  UNREAD_REQUEST,
} from '#proxy/format-access-entry.ts';

const TEXTS = {
  method: 'GET',
  host: 'a.example:8080',
  target: '/a?b=c',
  userAgent: 'curl/8.0',
  referer: null,
} as const;
const REST = {
  time: new Date(0),
  client: '192.0.2.1',
  scheme: 'http',
  requestId: 'f00',
  status: 200,
  responseBytes: 2,
  durationMs: 1.23456,
  ingress: 'shop/web',
  upstream: 'shop/web:80',
  endpoint: { address: '10.0.0.1', port: 8080 },
  attempts: 1,
  error: null,
} as const;

function lineOf(texts: Partial<Record<keyof typeof TEXTS, string>>): string {
  return formatAccessEntry({ ...REST, request: formatRequest({ ...TEXTS, ...texts }) });
}

describe('a line', () => {
  it('is one object with its fields in this order', () => {
    expect(lineOf({})).toBe(
      '{"time":"1970-01-01T00:00:00.000Z","client":"192.0.2.1","scheme":"http",' +
        '"method":"GET",' +
        '"host":"a.example:8080","target":"/a?b=c","userAgent":"curl/8.0","referer":null,' +
        '"status":200,"responseBytes":2,"durationMs":1.235,"ingress":"shop/web",' +
        '"upstream":"shop/web:80","endpoint":"10.0.0.1:8080","attempts":1,"requestId":"f00",' +
        '"error":null}\n',
    );
  });

  it('of a request that was not read has null for what is not known', () => {
    const nothing = { ingress: null, upstream: null, endpoint: null, requestId: null };
    const line = formatAccessEntry({ ...REST, ...nothing, request: UNREAD_REQUEST, error: 'why' });
    expect(JSON.parse(line)).toEqual({
      ...JSON.parse(lineOf({})),
      ...nothing,
      method: null,
      host: null,
      target: null,
      userAgent: null,
      error: 'why',
    });
  });

  it('of a connection that is passed through tells its host, escaped, and its bytes', () => {
    const request = formatPassthrough('a"\n\xff.example', 517);
    const line = formatAccessEntry({ ...REST, status: null, requestId: null, request });
    expect(line).toContain('"method":null,"host":"a\\"\\n\\ufffd.example","target":null');
    expect(JSON.parse(line)).toMatchObject({ requestBytes: 517, status: null, responseBytes: 2 });
  });

  it('has an IPv6 endpoint in brackets', () => {
    const endpoint = { address: '2001:db8::1', port: 80 };
    const line = formatAccessEntry({ ...REST, request: UNREAD_REQUEST, endpoint });
    expect(JSON.parse(line).endpoint).toBe('[2001:db8::1]:80');
  });
});

describe('a text', () => {
  it.each([
    ['quotes and backslashes', 'a"b\\c', 'a"b\\c', 'a\\"b\\\\c'],
    [
      'control characters',
      'a\n\r\0\x1b[31m\x7f',
      'a\n\r\0\x1b[31m\x7f',
      'a\\n\\r\\u0000\\u001b[31m\\u007f',
    ],
    ['UTF-8', 'caf\xc3\xa9 \xf0\x9f\x98\x80', 'café 😀', 'caf\\u00e9 \\ud83d\\ude00'],
    ['invalid UTF-8', 'a\xff\xc3(', 'a\ufffd\ufffd(', 'a\\ufffd\\ufffd('],
    ['a line separator', '\xe2\x80\xa8', '\u2028', '\\u2028'],
    ['nothing', '', '', ''],
  ])('with %s is escaped', (_name, latin1, text, written) => {
    const line = lineOf({ userAgent: latin1 });
    expect(line).toContain(`"userAgent":"${written}",`);
    expect(JSON.parse(line).userAgent).toBe(text);
  });

  const [targetMax, textMax] = [limits.accessLogTargetBytesMax, limits.accessLogTextBytesMax];

  it.each([
    ['a target that fits', 'target', 'x'.repeat(targetMax - 2), targetMax - 2, false],
    ['a longer target', 'target', 'x'.repeat(targetMax - 1), targetMax - 2, true],
    ['a field that fits', 'userAgent', 'x'.repeat(textMax - 2), textMax - 2, false],
    ['a longer field', 'userAgent', 'x'.repeat(32_000), textMax - 2, true],
    ['a method', 'method', 'X'.repeat(8_000), textMax - 2, true],
    ['letters of two bytes', 'referer', '\xc3\xa9'.repeat(300), 55, true],
    ['nothing but escapes', 'userAgent', '\0'.repeat(500), 55, true],
  ] as const)(
    '%s of %s is bounded, and marked where it is cut',
    (_name, field, latin1, length, isCut) => {
      const text = JSON.parse(lineOf({ [field]: latin1 }))[field] as string;
      expect([text.length, text.endsWith('...')]).toEqual([length, isCut]);
    },
  );

  it('of any bytes in every field gives one line that a pipe takes whole', () => {
    const latin1 = fc
      .oneof(fc.uint8Array({ maxLength: 2_000 }), fc.constant(Buffer.alloc(3_000, '"')))
      .map((bytes) => Buffer.from(bytes).toString('latin1'));
    fc.assert(
      fc.property(latin1, latin1, (one, other) => {
        const request = formatRequest({
          method: one,
          host: other,
          target: one,
          userAgent: other,
          referer: one,
        });
        const line = formatAccessEntry({ ...REST, request, requestId: one, error: other });
        expect(line).toMatch(/^[ -~]+\n$/);
        expect(line.length).toBeLessThanOrEqual(limits.accessLogPipePieceBytesMax);
        expect(Object.keys(JSON.parse(line))).toHaveLength(17);
      }),
    );
  });

  it('is bounded in all fields at once, so that the longest line fits a pipe', () => {
    const long = 'x'.repeat(10_000);
    const request = formatRequest({
      method: long,
      host: long,
      target: long,
      userAgent: long,
      referer: long,
    });
    const line = formatAccessEntry({
      ...REST,
      request,
      client: long,
      requestId: long,
      ingress: long,
      upstream: long,
      error: long,
      status: 599,
      responseBytes: Number.MAX_SAFE_INTEGER,
      durationMs: 1e15,
      endpoint: { address: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', port: 65_535 },
    });
    expect(line.length).toBeLessThanOrEqual(limits.accessLogPipePieceBytesMax);
  });
});
