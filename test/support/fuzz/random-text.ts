// Bodies and chunkings that a seed decides.

import type { Random } from '../seeded-random.ts';

/** What must never be taken for a request: it only ever stands inside or behind another one. */
export const STOWAWAY = 'GET /stowaway HTTP/1.1\r\nHost: a.example\r\n\r\n';

/** `size` characters of any code below 256; sometimes they look like a request. */
export function randomContent(random: Random, size: number): string {
  const codes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 1) codes[at] = random.below(256);
  const content = codes.toString('latin1');
  return random.below(4) === 0 ? (STOWAWAY + content).slice(0, size) : content;
}

/** `content` in chunks of any size; some with leading zeros, extensions and a trailer. */
export function randomChunks(random: Random, content: string): string {
  let text = '';
  for (let at = 0; at < content.length; ) {
    const size = Math.min(content.length - at, random.pick([1, 2, 7, 100, 5_000, 20_000]));
    const zero = random.below(4) === 0 ? '0' : '';
    const extension = random.below(3) === 0 ? ';a=b' : '';
    text += `${zero}${size.toString(16)}${extension}\r\n${content.slice(at, at + size)}\r\n`;
    at += size;
  }
  return `${text}0\r\n${random.below(3) === 0 ? 'X-Trailer: 1\r\n' : ''}\r\n`;
}

/** The same items in another order. */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)[0] as T);
}
