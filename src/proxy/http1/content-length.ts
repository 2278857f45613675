// Content-Length as RFC 9110 8.6 writes it: digits and nothing else, one value.

import { isDigit } from './char-class.ts';

/** 15 digits stay below 2^53, so a length is always an exact number. */
const DIGITS_MAX = 15;

/** The length in bytes, or -1 for anything but 1 to 15 digits. */
export function parseContentLength(bytes: Uint8Array, start: number, end: number): number {
  if (start === end || end - start > DIGITS_MAX) return -1;
  let length = 0;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at]!;
    if (!isDigit(byte)) return -1;
    length = length * 10 + (byte - 0x30);
  }
  return length;
}
