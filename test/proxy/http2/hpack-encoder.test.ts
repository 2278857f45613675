import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { HpackDecoder } from '#proxy/http2/hpack-decoder.ts';
import { HpackEncoder, maxEncodedBytes } from '#proxy/http2/hpack-encoder.ts';

function encode(encoder: HpackEncoder, pairs: readonly string[]): Buffer {
  const out = Buffer.alloc(maxEncodedBytes(pairs));
  return out.subarray(0, encoder.encode(pairs, out, 0));
}

function decode(decoder: HpackDecoder, block: Buffer): string[] {
  expect(decoder.decode(block, 0, block.length)).toBe('ok');
  return [...decoder.pairs];
}

const RESPONSE = [
  ...[':status', '200', 'server', 'nginx', 'content-type', 'text/plain'],
  ...['date', 'Sun, 22 Nov 2026 20:00:00 GMT', 'content-length', '30'],
];

describe('HpackEncoder', () => {
  it.each`
    pairs                       | block                | why
    ${[':status', '200']}       | ${'88'}              | ${'a field of the static table is one byte'}
    ${['etag', '"a"']}          | ${'0f13 03226122'}   | ${'what changes all the time is not kept'}
    ${['set-cookie', 'a=b']}    | ${'1f28 03613d62'}   | ${'a secret is never kept by anybody'}
    ${['via', 'a', 'via', 'a']} | ${'7c 0161 be'}      | ${'what is repeated is one byte'}
    ${['x', 'a', 'x', 'a']}     | ${'40 0178 0161 be'} | ${'whatever its name'}
  `('writes $block for $pairs: $why', ({ pairs, block }) => {
    expect(encode(new HpackEncoder(), pairs).toString('hex')).toBe(block.replaceAll(' ', ''));
  });

  it('says little of a response that is like the one before', () => {
    const encoder = new HpackEncoder();
    const first = encode(encoder, RESPONSE);
    expect(encode(encoder, RESPONSE).length).toBeLessThan(first.length / 5);
  });

  it('tells the client of a smaller table, and of the least it has been (4.2)', () => {
    const encoder = new HpackEncoder();
    encode(encoder, RESPONSE);
    encoder.setTableSizeMax(0);
    encoder.setTableSizeMax(100);
    expect(encode(encoder, [':status', '200']).toString('hex')).toBe('203f4588');
    expect(encode(encoder, [':status', '200']).toString('hex')).toBe('88');
  });

  it('uses no more of a larger table than its own', () => {
    const encoder = new HpackEncoder();
    encoder.setTableSizeMax(1_000_000);
    expect(encode(encoder, [':status', '200']).toString('hex')).toBe('88');
  });

  it('writes what the decoder reads, whatever the fields and the sizes of the table', () => {
    const name = fc.constantFrom('a', 'via', 'server', 'etag', 'set-cookie', 'x-much-longer-name');
    const value = fc.oneof(
      fc.constantFrom('', 'one', 'two', '\u00ff'),
      fc.string({ maxLength: 300, unit: fc.integer({ min: 0, max: 255 }).map(latin1) }),
    );
    const block = fc.array(fc.tuple(name, value), { maxLength: 12 });
    const sizes = fc.array(fc.integer({ min: 0, max: limits.http2HeaderTableBytes }), {
      maxLength: 2,
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(sizes, block), { maxLength: 20 }), (blocks) => {
        const encoder = new HpackEncoder();
        const decoder = new HpackDecoder();
        for (const [maxima, fields] of blocks) {
          for (const maximum of maxima) encoder.setTableSizeMax(maximum);
          const pairs = fields.flat();
          expect(decode(decoder, encode(encoder, pairs))).toEqual(pairs);
        }
      }),
    );
  });
});

function latin1(byte: number): string {
  return String.fromCharCode(byte);
}
