// What the upstream is told about the client. From an untrusted peer: what we see ourselves, and
// nothing of what it claims. From a trusted one: what it claims, continued by one hop.

import { type ClientIdentity, UNASKED } from '../client-identity.ts';
import type { FieldLines } from '../http1/field-lines.ts';
import { Field } from '../http1/field-names.ts';
import type { RequestHead } from '../http1/request-head.ts';
import type { TrustedProxies } from '../trusted-proxies.ts';

/** One client connection, as we see it. */
export interface Client {
  /** An IP address without brackets or port. */
  readonly address: string;
  readonly scheme: 'http' | 'https';
  readonly localPort: number;
  readonly isTrusted: boolean;
  /** What it has shown of itself in a handshake. */
  readonly identity: ClientIdentity;
}

/**
 * The client at `address`, which may be an IPv4 address mapped into IPv6, as dual stacks have it.
 */
export function clientAt(
  { address, localPort, scheme }: Omit<Client, 'isTrusted' | 'identity'>,
  trusted: TrustedProxies,
): Client {
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  const isTrusted = trusted.has(plain);
  return { address: plain, scheme, localPort, isTrusted, identity: UNASKED };
}

/**
 * The fields that are the same for all requests of an untrusted client; X-Forwarded-Host follows.
 */
export function clientFields({ address, scheme, localPort, identity }: Client): string {
  return (
    `X-Forwarded-For: ${address}\r\nX-Real-IP: ${address}\r\n` +
    `X-Forwarded-Proto: ${scheme}\r\nX-Forwarded-Port: ${localPort}\r\n${identity.fields}`
  );
}

/** All that one request says of its client. `clientFields` are those of the function above. */
export function forwardingFields(
  head: RequestHead,
  bytes: Uint8Array,
  text: string,
  { client, clientFields }: { readonly client: Client; readonly clientFields: string },
  trusted: TrustedProxies,
): string {
  if (client.isTrusted) return continuedFields(head, bytes, text, { client, trusted });
  const authority = text.slice(head.authorityStart, head.authorityEnd);
  return `${clientFields}X-Forwarded-Host: ${authority}\r\n`;
}

const PROTO = /^https?$/i;
const PORT = /^\d{1,5}$/;
const HOST = /^[A-Za-z0-9.\-_~:[\]]{1,260}$/;

/** The fields for a request of a trusted client. A claim that is malformed is replaced, too. */
export function continuedFields(
  head: RequestHead,
  bytes: Uint8Array,
  text: string,
  { client, trusted }: { readonly client: Client; readonly trusted: TrustedProxies },
): string {
  const claim = (name: string): string => claimed(head.lines, bytes, text, name);
  const checked = (name: string, form: RegExp, ours: string): string => {
    const value = claim(name);
    return form.test(value) ? value : ours;
  };
  const chain = claim('x-forwarded-for');
  const authority = text.slice(head.authorityStart, head.authorityEnd);
  const forwarded = claim('forwarded');
  return (
    `X-Forwarded-For: ${chain === '' ? '' : `${chain}, `}${client.address}\r\n` +
    `X-Real-IP: ${trusted.clientOf(chain, client.address)}\r\n` +
    `X-Forwarded-Proto: ${checked('x-forwarded-proto', PROTO, client.scheme)}\r\n` +
    `X-Forwarded-Port: ${checked('x-forwarded-port', PORT, String(client.localPort))}\r\n` +
    `X-Forwarded-Host: ${checked('x-forwarded-host', HOST, authority)}\r\n` +
    (forwarded === '' ? '' : `Forwarded: ${forwarded}, for=${node(client.address)}\r\n`) +
    client.identity.fields
  );
}

/** How the client came to the first proxy that we trust, or to us. */
export function claimedScheme(
  head: RequestHead,
  bytes: Uint8Array,
  text: string,
  client: Client,
): string {
  const claim = client.isTrusted ? claimed(head.lines, bytes, text, 'x-forwarded-proto') : '';
  return PROTO.test(claim) ? claim.toLowerCase() : client.scheme;
}

/** All values of a field, in one list as RFC 9110 5.3 allows; empty if there are none. */
function claimed(lines: FieldLines, bytes: Uint8Array, text: string, name: string): string {
  const values: string[] = [];
  for (let line = 0; line < lines.count; line += 1) {
    if (lines.field(line) !== Field.forwarded || !lines.isNamed(bytes, line, name)) continue;
    const value = text.slice(lines.valueStart(line), lines.valueEnd(line));
    if (value !== '') values.push(value);
  }
  return values.join(', ');
}

/** A node of RFC 7239 6: an IPv6 address is bracketed and therefore quoted. */
function node(address: string): string {
  return address.includes(':') ? `"[${address}]"` : address;
}
