// What can be said of a head that has not arrived whole: the empty lines before it, and whether its
// beginning can still become a valid head.

import { limits } from '#base/limits.ts';
import { CR, LF } from './char-class.ts';
import { type Refusal, refusals } from './refusal.ts';

/** More than the longest method and version that go with a target. */
const REQUEST_LINE_REST_MAX = 64;

/** Empty lines at `from`, two bytes each (RFC 9112 2.2 leaves them out before a request). */
export function countEmptyLines(bytes: Uint8Array, from: number): number {
  let count = 0;
  while (bytes[from + 2 * count] === CR && bytes[from + 2 * count + 1] === LF) count += 1;
  return count;
}

/** Why the half head in bytes [start, end) is refused already; `text` is the same as latin1. */
export function refuseHalfHead(text: string, start: number, end: number): Refusal | null {
  const size = end - start;
  const line = text.indexOf('\r\n', start);
  const lineSize = line < 0 ? size : line - start;
  if (lineSize > limits.targetBytesMax + REQUEST_LINE_REST_MAX) return refusals.targetTooLong;
  if (size > limits.headBytesMax) return refusals.headTooLarge;
  return /(?:^|[^\r])\n/.test(text.slice(start)) ? refusals.fieldLine : null;
}
