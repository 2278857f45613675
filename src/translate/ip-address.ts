// Decides which texts are IP addresses, and gives each its one spelling and its bytes.

import { ipv4Bytes } from '#base/ipv4-bytes.ts';

const IPV6_CHARACTERS = /^[0-9a-fA-F:.]+$/;
/** The longest text form of an IPv6 address: six groups and a dotted quad. */
const IPV6_LENGTH_MAX = 45;

/** Four decimal numbers without leading zeros, as the Kubernetes API takes them; else null. */
export function ipv4Address(text: string): string | null {
  return ipv4Bytes(text) === null ? null : text;
}

/** The form of RFC 5952 (lower case, zeros compressed), without brackets or zone; else null. */
export function ipv6Address(text: string): string | null {
  if (text.length > IPV6_LENGTH_MAX || !text.includes(':') || !IPV6_CHARACTERS.test(text)) {
    return null;
  }
  return URL.parse(`http://[${text}]`)?.hostname.slice(1, -1) ?? null;
}

/** The 4 or 16 bytes of an address in the spelling that the two functions above give. */
export function addressBytes(address: string): readonly number[] {
  if (!address.includes(':')) return [...(ipv4Bytes(address) ?? [])];
  const [head = '', tail] = address.split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  const zeros = new Array<number>(8 - before.length - after.length).fill(0);
  return [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]);
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
