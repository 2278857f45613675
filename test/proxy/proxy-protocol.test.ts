import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { readProxyPreface } from '#proxy/proxy-protocol.ts';
import { LONGEST_LINE, prefaceBinary, TCP4_BLOCK, TCP6_BLOCK } from '../support/proxy-preface.ts';

const REQUEST = 'GET / HTTP/1.1\r\n\r\n';

function read(text: string): ReturnType<typeof readProxyPreface> {
  return readProxyPreface(Buffer.from(text, 'latin1'));
}

const GOOD: [string, string, string | null, number][] = [
  ['version 1 over TCP4', 'PROXY TCP4 192.0.2.1 10.0.0.9 56324 443\r\n', '192.0.2.1', 443],
  [
    'version 1 with the largest values',
    'PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n',
    '255.255.255.255',
    65_535,
  ],
  ['version 1 with the smallest values', 'PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n', '0.0.0.0', 0],
  ['version 1 over TCP6', 'PROXY TCP6 2001:DB8::0001 ::1 1 80\r\n', '2001:db8::1', 80],
  [
    'version 1 over TCP6 from a mapped IPv4 address',
    'PROXY TCP6 ::ffff:192.0.2.1 ::1 1 80\r\n',
    '192.0.2.1',
    80,
  ],
  ['version 1 of an unknown family', 'PROXY UNKNOWN\r\n', null, 0],
  ['version 1 of an unknown family, with addresses', LONGEST_LINE, null, 0],
  ['version 2 over TCP4', prefaceBinary({ block: TCP4_BLOCK }), '192.0.2.1', 443],
  [
    'version 2 over TCP4 with TLVs',
    prefaceBinary({ block: `${TCP4_BLOCK}\x04\x00\x03abc` }),
    '192.0.2.1',
    443,
  ],
  ['version 2 over TCP6', prefaceBinary({ family: 0x21, block: TCP6_BLOCK }), '2001:db8::1', 443],
  ['version 2 of UDP', prefaceBinary({ family: 0x12, block: TCP4_BLOCK }), null, 0],
  ['version 2 of Unix sockets', prefaceBinary({ family: 0x31, block: 'x'.repeat(216) }), null, 0],
  ['version 2 unspecified', prefaceBinary({ family: 0x00 }), null, 0],
  ['version 2 LOCAL', prefaceBinary({ command: 0x20, family: 0x00 }), null, 0],
  [
    'version 2 LOCAL, whatever its family',
    prefaceBinary({ command: 0x20, family: 0x77, block: 'junk' }),
    null,
    0,
  ],
  [
    'version 2 as long as it may be',
    prefaceBinary({ block: TCP4_BLOCK.padEnd(limits.proxyPrefaceBytesMax - 16, '\0') }),
    '192.0.2.1',
    443,
  ],
];

describe('a good preface', () => {
  it.each(GOOD)('of %s is read, and where it ends', (_name, text, address, localPort) => {
    const source = address === null ? null : { address, localPort };
    for (const behind of ['', REQUEST, '\r\n', '\0']) {
      expect(read(text + behind)).toEqual({ size: text.length, source });
    }
  });

  it.each(GOOD)('of %s needs more at every byte before its end', (_name, text) => {
    for (let end = 0; end < text.length; end += 1) expect(read(text.slice(0, end))).toBe('more');
  });
});

describe('a malformed preface', () => {
  it.each([
    ['a request', REQUEST],
    ['another case', 'proxy TCP4 192.0.2.1 10.0.0.9 1 2\r\n'],
    ['an empty line before it', '\r\nPROXY UNKNOWN\r\n'],
    ['no family', 'PROXY \r\n'],
    ['another family', 'PROXY UDP4 192.0.2.1 10.0.0.9 1 2\r\n'],
    ['an unknown family that goes on', 'PROXY UNKNOWNS\r\n'],
    ['a family of other addresses', 'PROXY TCP4 ::1 ::1 1 2\r\n'],
    ['addresses of two families', 'PROXY TCP6 ::1 10.0.0.9 1 2\r\n'],
    ['a zone', 'PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n'],
    ['a name for an address', 'PROXY TCP4 localhost 10.0.0.9 1 2\r\n'],
    ['an octet with a leading zero', 'PROXY TCP4 192.0.2.01 10.0.0.9 1 2\r\n'],
    ['two spaces', 'PROXY TCP4  192.0.2.1 10.0.0.9 1 2\r\n'],
    ['a space at the end', 'PROXY TCP4 192.0.2.1 10.0.0.9 1 2 \r\n'],
    ['a tab', 'PROXY TCP4 192.0.2.1\t10.0.0.9 1 2\r\n'],
    ['a port missing', 'PROXY TCP4 192.0.2.1 10.0.0.9 1\r\n'],
    ['a port too many', 'PROXY TCP4 192.0.2.1 10.0.0.9 1 2 3\r\n'],
    ['a port with a leading zero', 'PROXY TCP4 192.0.2.1 10.0.0.9 01 2\r\n'],
    ['a port with a sign', 'PROXY TCP4 192.0.2.1 10.0.0.9 +1 2\r\n'],
    ['a port above 65535', 'PROXY TCP4 192.0.2.1 10.0.0.9 1 65536\r\n'],
    ['a line feed alone', `PROXY TCP4 192.0.2.1 10.0.0.9 1 2\n${'x'.repeat(107)}`],
    ['a line of 108 bytes', `${LONGEST_LINE.slice(0, -2)}x\r\n`],
    ['another signature', prefaceBinary({ signature: '\r\n\r\n\0\r\nQUIT\r' })],
    ['version 1 in binary', prefaceBinary({ command: 0x11, block: TCP4_BLOCK })],
    ['version 3', prefaceBinary({ command: 0x31, block: TCP4_BLOCK })],
    ['another command', prefaceBinary({ command: 0x22, block: TCP4_BLOCK })],
    ['an undefined family', prefaceBinary({ family: 0x41, block: TCP4_BLOCK })],
    ['an undefined protocol', prefaceBinary({ family: 0x13, block: TCP4_BLOCK })],
    ['a protocol missing', prefaceBinary({ family: 0x10, block: TCP4_BLOCK })],
    ['less than two IPv4 addresses', prefaceBinary({ block: TCP4_BLOCK.slice(1) })],
    ['less than two IPv6 addresses', prefaceBinary({ family: 0x21, block: TCP4_BLOCK })],
    [
      'too much behind it',
      prefaceBinary({ block: TCP4_BLOCK.padEnd(limits.proxyPrefaceBytesMax - 15, '\0') }),
    ],
  ])('with %s is refused, and not before it can be known', (_name, text) => {
    let end = 0;
    while (read(text.slice(0, end)) === 'more' && end < text.length) end += 1;
    for (; end <= text.length; end += 1) expect(read(text.slice(0, end))).toBe('malformed');
    expect(read(text)).toBe('malformed');
  });

  it('never reads beyond what is there, whatever it is', () => {
    const begins = ['', 'PROXY ', 'PROXY TCP4 ', prefaceBinary({}).slice(0, 12)];
    fc.assert(
      fc.property(fc.constantFrom(...begins), fc.uint8Array({ maxLength: 64 }), (begin, rest) => {
        const bytes = Buffer.concat([Buffer.from(begin, 'latin1'), rest]);
        const preface = readProxyPreface(bytes);
        if (typeof preface !== 'string') expect(preface.size).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});
