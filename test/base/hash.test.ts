import { describe, expect, it } from 'vitest';
import { encodeText } from '#base/bytes.ts';
import { contentKey, formatKey, hashHost, hashMultiplier, hashPath } from '#base/hash.ts';

describe('a content key', () => {
  it.each([
    // The first 32 digits of `printf '%s' TEXT | sha256sum`.
    ['', 'e3b0c44298fc1c149afbf4c8996fb924'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223'],
  ])('of %j is %s, the start of its SHA-256', (text, key) => {
    expect(formatKey(contentKey(text))).toBe(key);
  });

  it('is printed with its leading zeros', () => {
    expect(formatKey(new Uint32Array([0, 1, 0xffff_ffff, 16]))).toBe(
      '0000000000000001ffffffff00000010',
    );
  });
});

describe('the seeded hash', () => {
  const names = Array.from({ length: 10_000 }, (_, index) => encodeText(`t${index}.example`));

  it.each([0, 1, 0xffff_ffff, 0x1234_5678])('spreads names over slots for the seed %i', (seed) => {
    // 10,000 names in 16,384 slots: chance leaves 54.3 % of the slots empty.
    const mask = 16_383;
    const used = new Set(names.map((name) => hashHost(name, seed) & mask)).size;
    expect(used / (mask + 1)).toBeGreaterThan(0.43);
    const usedByPaths = new Set(names.map((name) => hashPath(name, seed) & mask)).size;
    expect(usedByPaths / (mask + 1)).toBeGreaterThan(0.43);
  });

  it('gives each seed another order', () => {
    const [name] = names as [Uint8Array];
    const hashes = Array.from({ length: 1_000 }, (_, seed) => hashPath(name, seed));
    expect(new Set(hashes).size).toBeGreaterThan(990);
  });

  it('has an odd multiplier, without which bits would be lost', () => {
    const multipliers = Array.from({ length: 1_000 }, (_, seed) => hashMultiplier(seed));
    expect(multipliers.every((multiplier) => (multiplier & 1) === 1)).toBe(true);
    expect(new Set(multipliers).size).toBeGreaterThan(990);
  });

  it('of a host knows no case of ASCII letters; of a path it does', () => {
    expect(hashHost(encodeText('SHOP.example'), 7)).toBe(hashHost(encodeText('shop.EXAMPLE'), 7));
    expect(hashPath(encodeText('/A'), 7)).not.toBe(hashPath(encodeText('/a'), 7));
  });
});
