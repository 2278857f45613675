import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable } from '../../src/base/printable.ts';

describe('printable', () => {
  it.each([
    ['plain text stays', 'shop.example/a?b=c', 'shop.example/a?b=c'],
    ['letters of all scripts stay', 'é 漢字 ☃ 🦀', 'é 漢字 ☃ 🦀'],
    ['quotes and backslashes stay', '"a\\b"', '"a\\b"'],
    ['a line feed', 'a\nb', 'a\\nb'],
    ['an escape sequence', '\x1b[31m', '\\u001b[31m'],
    ['the 8-bit form of an escape sequence', '\x9b31m', '\\u009b31m'],
    ['delete', 'a\x7f', 'a\\u007f'],
    ['a bidirectional override', '\u202eabc', '\\u202eabc'],
    ['a line separator', '\u2028', '\\u2028'],
    ['an invisible tag', '\u{e0001}', '\\udb40\\udc01'],
    ['half a character', '\ud800', '\\ud800'],
  ])('%s', (_, text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it('leaves no control character in any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  it('keeps JSON equal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(printable(JSON.stringify(text)))).toBe(text);
      }),
    );
  });
});
