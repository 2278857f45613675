// IP addresses as text and as bytes in network order: 4 bytes for IPv4, 16 for IPv6. It resolves
// nothing and connects to nothing.

import { ipv4Bytes } from '#base/ipv4-bytes.ts';

const GROUPS = 8;
const GROUP = /^[0-9a-f]{1,4}$/i;

/** The bytes of an address. Throws a RangeError if the text is none. */
export function encodeAddress(text: string): Uint8Array {
  const bytes = text.includes(':') ? parseIpv6(text) : ipv4Bytes(text);
  if (bytes === null) throw new RangeError(`not an IP address: ${JSON.stringify(text)}`);
  return bytes;
}

/** The canonical text of 4 or 16 bytes (RFC 5952 4 for IPv6), without brackets. */
export function decodeAddress(bytes: Uint8Array): string {
  if (bytes.length !== 4) return formatIpv6(bytes);
  // A worker reads thousands of them between two requests, and `join` takes ten times as long.
  return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`;
}

// At most one `::` stands for as many zero groups as are missing; an IPv4 address may stand for
// the last two groups (RFC 4291 2.2).
function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const tail = parseGroups(halves.at(-1) as string, { isEnd: true });
  const head = halves.length === 2 ? parseGroups(halves[0] as string, { isEnd: false }) : [];
  if (head === null || tail === null) return null;
  const missing = GROUPS - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 0xff]));
}

/** The groups of a text; `isEnd` if the address ends with it. */
function parseGroups(text: string, { isEnd }: { readonly isEnd: boolean }): number[] | null {
  if (text === '') return [];
  const parts = text.split(':');
  const last = parts.at(-1) as string;
  const embedded = isEnd ? ipv4Bytes(last) : null;
  const hex = embedded === null ? parts : parts.slice(0, -1);
  if (!hex.every((part) => GROUP.test(part))) return null;
  const groups = hex.map((part) => Number.parseInt(part, 16));
  if (embedded === null) return groups;
  const [a = 0, b = 0, c = 0, d = 0] = embedded;
  return [...groups, (a << 8) | b, (c << 8) | d];
}

/** The platform compresses zeros as RFC 5952 4 asks for. */
function formatIpv6(bytes: Uint8Array): string {
  const groups: string[] = [];
  for (let index = 0; index < bytes.length; index += 2) {
    groups.push((((bytes[index] as number) << 8) | (bytes[index + 1] as number)).toString(16));
  }
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
