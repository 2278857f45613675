// The two hashes of the system. A content key names a thing by what it is, across threads and
// restarts; the seeded hash only finds a slot, and whoever finds one still compares the bytes.

import { hash } from 'node:crypto';
import { assert } from './assert.ts';

const KEY_WORDS = 4;

/**
 * The first 128 bits of the SHA-256 of `content`, a text in UTF-8 or bytes, as four words. Keys
 * are compared without the text behind them, so a tenant must not be able to craft two texts with
 * one key.
 */
export function contentKey(content: string | Uint8Array): Uint32Array {
  // Bytes as a text of 32 characters: to make a Buffer of them would take as long as the hash.
  const digest = hash('sha256', content, 'latin1');
  const key = new Uint32Array(KEY_WORDS);
  for (let word = 0; word < KEY_WORDS; word += 1) key[word] = wordIn(digest, word * 4);
  return key;
}

/** Big-endian. */
function wordIn(bytes: string, at: number): number {
  const high = (bytes.charCodeAt(at) << 8) | bytes.charCodeAt(at + 1);
  return (high << 16) | (bytes.charCodeAt(at + 2) << 8) | bytes.charCodeAt(at + 3);
}

/**
 * The SHA-256 of `content`, a text in UTF-8 or bytes, as hexadecimal digits, for a key that only a
 * Map sees: no words are taken apart and printed again, which makes it five times cheaper than a
 * formatted content key.
 */
export function contentDigest(content: string | Uint8Array): string {
  return hash('sha256', content, 'hex');
}

/** A key as 32 hexadecimal digits, the form in which counters, dumps and metrics name it. */
export function formatKey(key: Uint32Array): string {
  assert(key.length === KEY_WORDS, 'a content key has four words');
  return Array.from(key, (word) => word.toString(16).padStart(8, '0')).join('');
}

/** The key that `formatKey` gave as digits. */
export function parseKey(digits: string): Uint32Array {
  assert(digits.length === KEY_WORDS * 8, 'a key has 32 hexadecimal digits');
  return Uint32Array.from({ length: KEY_WORDS }, (_, word) =>
    Number.parseInt(digits.slice(word * 8, word * 8 + 8), 16),
  );
}

/**
 * The secret multiplier of `hashStep` that belongs to a seed. The seed is drawn at random once per
 * process, so that nobody can prepare host names or paths that all meet in one slot.
 */
export function hashMultiplier(seed: number): number {
  let mixed = seed ^ 0x9e37_79b9;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb_352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846c_a68b);
  // An odd multiplier is a bijection; a set bit 30 keeps it from being small.
  return (mixed ^ (mixed >>> 16)) | 0x4000_0001;
}

/**
 * Takes one byte into a 32-bit hash that began as the seed. The multiplication carries upwards, the
 * shift brings the high half back down, so the low bits are fit to be a slot number at each step
 * and the hash of every prefix of a text is had in one pass.
 */
export function hashStep(state: number, code: number, multiplier: number): number {
  const product = Math.imul(state ^ code, multiplier);
  return product ^ (product >>> 15);
}

/**
 * Folds the case of ASCII letters for a hash; it may fold other bytes too, since bytes are compared
 * after.
 */
export function foldForHash(code: number): number {
  return code | 0x20;
}

/** The hash of a path, from its first byte to its last. Signed 32 bits. */
export function hashPath(path: Uint8Array, seed: number): number {
  const multiplier = hashMultiplier(seed);
  let state = seed | 0;
  for (const code of path) state = hashStep(state, code, multiplier);
  return state;
}

/**
 * The hash of a host name, from its last byte to its first, so that a reader that hashes
 * `a.example` has met the hash of `.example`, the key of `*.example`, on its way. Signed 32 bits.
 */
export function hashHost(host: Uint8Array, seed: number): number {
  const multiplier = hashMultiplier(seed);
  let state = seed | 0;
  for (const code of host.toReversed()) state = hashStep(state, foldForHash(code), multiplier);
  return state;
}
