import { describe, expect, it } from 'vitest';
import { decodeHuffman } from '#proxy/http2/huffman.ts';

function decode(hex: string): string | null {
  const bytes = Buffer.from(hex, 'hex');
  return decodeHuffman(bytes, 0, bytes.length);
}

describe('decodeHuffman', () => {
  it.each`
    hex                                               | text
    ${''}                                             | ${''}
    ${'f1e3c2e5f23a6ba0ab90f4ff'}                     | ${'www.example.com'}
    ${'a8eb10649cbf'}                                 | ${'no-cache'}
    ${'d07abe941054d444a8200595040b8166e082a62d1bff'} | ${'Mon, 21 Oct 2013 20:13:21 GMT'}
    ${'07'}                                           | ${'0'}
    ${'ffc7'}                                         | ${'\u0000'}
    ${'fffffbbf'}                                     | ${'\u00ff'}
    ${'fffffff3'}                                     | ${'\n'}
    ${'ffffffff'}                                     | ${null}
    ${'07ff'}                                         | ${null}
    ${'06'}                                           | ${null}
  `('reads $hex as $text', ({ hex, text }) => {
    expect(decode(hex)).toBe(text);
  });
});
