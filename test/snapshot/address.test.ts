import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAddress, encodeAddress } from '#snapshot/address.ts';

describe('an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1', 4],
    ['0.0.0.0', '0.0.0.0', 4],
    ['255.255.255.255', '255.255.255.255', 4],
    ['::', '::', 16],
    ['::1', '::1', 16],
    ['fd00::', 'fd00::', 16],
    ['2001:db8::1', '2001:db8::1', 16],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1', 16],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1', 16],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1', 16],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1', 16],
    ['::ffff:192.0.2.1', '::ffff:c000:201', 16],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0', 16],
  ])('%s is kept as %s in %i bytes', (text, canonical, size) => {
    const bytes = encodeAddress(text);
    expect(bytes.length).toBe(size);
    expect(decodeAddress(bytes)).toBe(canonical);
  });

  it.each([
    '',
    'shop.example',
    '256.0.0.1',
    '1.2.3',
    '1.2.3.4.5',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::',
    'fe80::1%eth0',
    '1.2.3.4::',
    ' ::1',
  ])('%j is none', (text) => {
    expect(() => encodeAddress(text)).toThrow('not an IP address');
  });

  it('comes back the same for all that the platform takes for an address', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const canonical = decodeAddress(encodeAddress(text));
        expect(isIPv6(canonical)).toBe(true);
        expect(encodeAddress(canonical)).toEqual(encodeAddress(text));
      }),
    );
  });
});
