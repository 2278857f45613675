import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { ChunkedDecoder } from '#proxy/http1/chunked-decoder.ts';

interface Outcome {
  readonly data: string;
  readonly end: 'done' | 'fault' | 'more';
  /** What follows the message. */
  readonly rest: string;
  readonly trailers: string;
}

/** Decodes `text` cut into pieces that end at `cuts`. */
function decode(text: string, cuts: readonly number[] = []): Outcome {
  const decoder = new ChunkedDecoder();
  decoder.begin(true);
  const bytes = Buffer.from(text, 'latin1');
  let data = '';
  let at = 0;
  for (const end of [...cuts, bytes.length]) {
    while (at < end && !decoder.isDone && !decoder.isFaulty) {
      at = decoder.read(bytes, at, end);
      data += bytes.toString('latin1', decoder.dataStart, decoder.dataEnd);
    }
  }
  if (decoder.isFaulty) return { data, end: 'fault', rest: '', trailers: '' };
  const { isDone, trailers } = decoder;
  return { data, end: isDone ? 'done' : 'more', rest: text.slice(at), trailers };
}

describe('a chunked body', () => {
  it.each([
    // bytes                                       data       end      rule
    ['0\r\n\r\n', '', 'done', 'RFC 9112 7.1'],
    ['5\r\nhello\r\n0\r\n\r\n', 'hello', 'done', 'RFC 9112 7.1'],
    ['2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n', 'hello', 'done', 'RFC 9112 7.1'],
    ['A\r\n0123456789\r\n0\r\n\r\n', '0123456789', 'done', 'hexadecimal, RFC 9112 7.1'],
    ['005\r\nhello\r\n000\r\n\r\n', 'hello', 'done', 'leading zeros, RFC 9112 7.1'],
    ['5;a=b\r\nhello\r\n0;c\r\n\r\n', 'hello', 'done', 'extensions are dropped, RFC 9112 7.1.1'],
    ['0\r\nA: b\r\nC: d\r\n\r\n', '', 'done', 'trailers, RFC 9112 7.1.2'],
    ['5\r\nhel', 'hel', 'more', 'RFC 9112 8'],
    ['', '', 'more', 'RFC 9112 8'],
    ['\r\n', '', 'fault', 'a size has a digit, RFC 9112 7.1'],
    ['x\r\n', '', 'fault', 'hexadecimal, RFC 9112 7.1'],
    ['0x5\r\nhello\r\n', '', 'fault', 'hexadecimal, RFC 9112 7.1'],
    ['-1\r\n', '', 'fault', 'hexadecimal, RFC 9112 7.1'],
    [' 5\r\nhello\r\n', '', 'fault', 'no space before a size, RFC 9112 7.1'],
    ['5 \r\nhello\r\n', '', 'fault', 'no space after a size, RFC 9112 7.1'],
    ['5\nhello\r\n', '', 'fault', 'a bare LF ends no line, RFC 9112 7.1'],
    ['5;a\nhello\r\n', '', 'fault', 'a bare LF ends no line, RFC 9112 7.1.1'],
    ['5\rhello\r\n', '', 'fault', 'a bare CR ends no line, RFC 9112 7.1'],
    ['5;\x00\r\nhello\r\n', '', 'fault', 'no control byte in an extension, RFC 9112 7.1.1'],
    ['5\r\nhelloX', 'hello', 'fault', 'CRLF after the data, RFC 9112 7.1'],
    ['5\r\nhello\n0\r\n\r\n', 'hello', 'fault', 'CRLF after the data, RFC 9112 7.1'],
    ['5\r\nhello\rX', 'hello', 'fault', 'CRLF after the data, RFC 9112 7.1'],
    ['10000000000000\r\n', '', 'fault', 'a size is bounded, RFC 9112 7.1'],
    ['0\r\nA b\r\n\r\n', '', 'fault', 'a trailer is a field line, RFC 9112 7.1.2'],
    ['0\r\n A: b\r\n\r\n', '', 'fault', 'a trailer is not folded, RFC 9112 5.2'],
    ['0\r\nA: b\n\r\n', '', 'fault', 'a bare LF ends no line, RFC 9112 7.1.2'],
    ['0\r\n\rX', '', 'fault', 'CRLF at the end, RFC 9112 7.1'],
  ])('%j -> %j, %s (%s)', (text, data, end) => {
    expect(decode(text)).toMatchObject({ data, end });
  });

  it('ends where the next message begins', () => {
    const outcome = { data: '', end: 'done', rest: 'GET /', trailers: '' };
    expect(decode('0\r\n\r\nGET /')).toEqual(outcome);
  });

  it('gives its trailer section where it was asked for', () => {
    expect(decode('0;x\r\nA: b\r\nC:d\r\n\r\n').trailers).toBe('A: b\r\nC:d\r\n');
  });

  it('bounds extensions and trailers of a whole message', () => {
    const chunk = '1;aaaaaaaaa\r\nx\r\n';
    const fits = Math.floor(limits.chunkOverheadBytesMax / 10);
    expect(decode(`${chunk.repeat(fits)}0\r\n\r\n`).end).toBe('done');
    expect(decode(`${chunk.repeat(fits + 1)}0\r\n\r\n`).end).toBe('fault');
    expect(decode(`0\r\nA: ${'b'.repeat(limits.chunkOverheadBytesMax)}\r\n\r\n`).end).toBe('fault');
  });

  it('is the same however its bytes are cut into pieces', () => {
    const alphabet = ['0', '5', 'a', ';', ':', '\r\n', '\r', '\n', ' ', 'x', 'hello'];
    const tail = fc.array(fc.constantFrom(...alphabet), { maxLength: 12 });
    fc.assert(
      fc.property(tail, (parts) => {
        const text = `5;x\r\nhello\r\n${parts.join('')}`;
        const everywhere = Array.from({ length: text.length }, (_, index) => index);
        expect(decode(text, everywhere)).toEqual(decode(text));
      }),
      { numRuns: 2_000 },
    );
  });
});
