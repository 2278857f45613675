// The preface of the PROXY protocol, versions 1 and 2, by which a load balancer says for whom it
// opened a connection (haproxy.org, doc/proxy-protocol.txt). Pure and strict: what the protocol
// does not define is malformed, since whatever follows would be read as a request. Decides nothing
// about whom to believe.
//
//   version 1   PROXY TCP4|TCP6 source destination source-port destination-port CRLF
//               PROXY UNKNOWN anything CRLF
//   version 2   signature (12 bytes), version and command, family and protocol, length (2 bytes),
//               then `length` bytes: addresses and ports as the family has them, then TLVs

import { isIP } from 'node:net';
import { limits } from '#base/limits.ts';
import { decodeAddress, encodeAddress } from '#snapshot/address.ts';

interface ProxyPreface {
  /** Bytes of the preface: where the first request begins. */
  readonly size: number;
  /** Null if the peer speaks for itself (LOCAL, such as a health check), or does not say. */
  readonly source: ProxySource | null;
}

interface ProxySource {
  /** The client's, as canonical text without brackets. */
  readonly address: string;
  /** The port at which the client met the peer. */
  readonly localPort: number;
}

const LINE_START = Buffer.from('PROXY ', 'latin1');
/** With its CRLF: the longest there can be, as the protocol counts. */
const LINE_BYTES_MAX = 107;
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const HEADER_BYTES = 16;
const VERSION = 2;
const [LOCAL, PROXY] = [0, 1] as const;
const TCP4 = 0x11;
const TCP6 = 0x21;
/** Bytes of addresses and ports by family and protocol; no others are defined. */
const ADDRESS_BYTES: Readonly<Record<number, number>> = {
  0: 0,
  [TCP4]: 12,
  18: 12,
  [TCP6]: 36,
  34: 36,
  49: 216,
  50: 216,
};
const MAPPED = Buffer.from('00000000000000000000ffff', 'hex');

/** Reads the preface that begins `bytes`; `more` if the rest of it has still to come. */
export function readProxyPreface(bytes: Buffer): ProxyPreface | 'more' | 'malformed' {
  if (startsLike(bytes, SIGNATURE)) {
    return bytes.length < HEADER_BYTES ? 'more' : readBinary(bytes);
  }
  return startsLike(bytes, LINE_START) ? readLine(bytes) : 'malformed';
}

/** Whether `bytes` begin with the signature, as far as they reach. */
function startsLike(bytes: Buffer, signature: Buffer): boolean {
  const size = Math.min(bytes.length, signature.length);
  return bytes.compare(signature, 0, size, 0, size) === 0;
}

function readLine(bytes: Buffer): ProxyPreface | 'more' | 'malformed' {
  const text = bytes.toString('latin1', 0, LINE_BYTES_MAX);
  const end = text.indexOf('\r\n');
  if (end < 0) return text.length === LINE_BYTES_MAX ? 'malformed' : 'more';
  const words = text.slice(LINE_START.length, end).split(' ');
  const size = end + 2;
  if (words[0] === 'UNKNOWN') return { size, source: null };
  const source = words.length === 5 ? announced(words) : null;
  return source === null ? 'malformed' : { size, source };
}

function announced(words: readonly string[]): ProxySource | null {
  const [protocol, source = '', destination = '', sourcePort = '', localPort = ''] = words;
  const version = protocol === 'TCP4' ? 4 : 6;
  if (version === 6 && protocol !== 'TCP6') return null;
  if (!isAddress(source, version) || !isAddress(destination, version)) return null;
  if (!isPort(sourcePort) || !isPort(localPort)) return null;
  return { address: plainAddress(encodeAddress(source)), localPort: Number(localPort) };
}

/** Without a zone, which means nothing on another machine. */
function isAddress(text: string, version: number): boolean {
  return isIP(text) === version && !text.includes('%');
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 0xffff;
}

function readBinary(bytes: Buffer): ProxyPreface | 'more' | 'malformed' {
  const command = bytes[12]! & 0x0f;
  const family = bytes[13]!;
  const length = bytes.readUInt16BE(14);
  const size = HEADER_BYTES + length;
  if (bytes[12]! >> 4 !== VERSION || size > limits.proxyPrefaceBytesMax) return 'malformed';
  if (command === PROXY) {
    const addressBytes = ADDRESS_BYTES[family];
    if (addressBytes === undefined || length < addressBytes) return 'malformed';
  } else if (command !== LOCAL) {
    return 'malformed';
  }
  if (bytes.length < size) return 'more';
  return { size, source: command === PROXY ? binarySource(bytes, family) : null };
}

/** Other families than TCP over IP are defined but say nothing that we could use. */
function binarySource(bytes: Buffer, family: number): ProxySource | null {
  if (family !== TCP4 && family !== TCP6) return null;
  const addressSize = family === TCP4 ? 4 : 16;
  const address = bytes.subarray(HEADER_BYTES, HEADER_BYTES + addressSize);
  const portsStart = HEADER_BYTES + 2 * addressSize;
  return { address: plainAddress(address), localPort: bytes.readUInt16BE(portsStart + 2) };
}

/** An IPv4 address goes by its own text, also if it is mapped into IPv6 (RFC 4291 2.5.5.2). */
function plainAddress(address: Uint8Array): string {
  const isMapped = address.length === 16 && MAPPED.equals(address.subarray(0, MAPPED.length));
  return decodeAddress(isMapped ? address.subarray(MAPPED.length) : address);
}
