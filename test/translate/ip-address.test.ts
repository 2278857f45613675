// Which texts are IP addresses, and how each is spelt.

import { expect, it } from 'vitest';
import { ipv4Address, ipv6Address } from '#translate/ip-address.ts';

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['0.0.0.0', '0.0.0.0'],
  ['255.255.255.255', '255.255.255.255'],
  ['256.0.0.1', null],
  ['010.0.0.1', null],
  ['127.1', null],
  ['0x7f.0.0.1', null],
  ['1.2.3.4.5', null],
  ['1.2.3.', null],
  ['1.2.3.4 ', null],
  ['', null],
  ['::1', null],
])('%j as an IPv4 address is %j', (text, address) => {
  expect(ipv4Address(text)).toBe(address);
});

it.each([
  ['::', '::'],
  ['::1', '::1'],
  ['2001:DB8::A', '2001:db8::a'],
  ['2001:db8:0:0:0:0:0:1', '2001:db8::1'],
  ['2001:0db8::0001', '2001:db8::1'],
  ['2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1'],
  ['::ffff:192.0.2.1', '::ffff:c000:201'],
  ['fe80::1%eth0', null],
  ['fe80::1%25eth0', null],
  ['[::1]', null],
  ['::1]@[::2', null],
  ['1:2:3:4:5:6:7', null],
  ['1:2:3:4:5:6:7:8:9', null],
  ['1::2::3', null],
  ['12345::', null],
  [':', null],
  ['192.0.2.1', null],
  ['', null],
])('%j as an IPv6 address is %j', (text, address) => {
  expect(ipv6Address(text)).toBe(address);
});
