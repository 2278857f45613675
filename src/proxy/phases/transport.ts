// How a request reached us, and what follows for a route that asks for TLS: where its client is
// sent instead, and what it is told to do from then on. Works on values alone.

import type { DecodedFilter } from '#snapshot/decode.ts';
import type { RequestHead } from '../http1/request-head.ts';
import { type Client, claimedScheme } from './forwarding-fields.ts';

/** Where the authority that issues a certificate asks for proof, in clear (RFC 8555 8.3). */
const ACME_CHALLENGES = '/.well-known/acme-challenge/';
const HTTPS_PORT = 443;

/** What a route asks of the way to it. */
export interface TransportRules {
  /** Requests without TLS are sent to HTTPS. */
  readonly redirectsToHttps: boolean;
  /** A field line for responses over TLS; empty for none. */
  readonly strictTransportSecurity: string;
}

/** A request's head, what it was read from, and who sent it. */
interface Arrival {
  readonly head: RequestHead;
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly client: Client;
}

/** Null for a route that asks for nothing, as most do. */
export function transportRules(filters: readonly DecodedFilter[]): TransportRules | null {
  if (filters.length === 0) return null;
  let [redirectsToHttps, strictTransportSecurity] = [false, ''];
  for (const filter of filters) {
    if (filter.type === 'httpsRedirect') redirectsToHttps = true;
    else strictTransportSecurity = `Strict-Transport-Security: ${filter.value}\r\n`;
  }
  return { redirectsToHttps, strictTransportSecurity };
}

/** Field lines that send the client to HTTPS; empty if the request may be answered as it came. */
export function httpsLocation(
  { redirectsToHttps }: TransportRules,
  arrival: Arrival,
  httpsPort: number,
): string {
  if (!redirectsToHttps || httpsPort === 0) return '';
  const { head, text, client } = arrival;
  if (head.hostStart === head.hostEnd || isSecure(arrival)) return '';
  if (text.startsWith(ACME_CHALLENGES, head.pathStart)) return '';
  const host = text.slice(head.hostStart, head.hostEnd);
  // What ports a proxy in front of us offers is its own matter, and 443 is what it will be.
  const port = httpsPort === HTTPS_PORT || client.isTrusted ? '' : `:${httpsPort}`;
  const target = text.slice(head.originStart, head.targetEnd);
  return `Location: https://${host}${port}${target.startsWith('/') ? '' : '/'}${target}\r\n`;
}

/** The field line to put into the response; a browser believes it over TLS only (RFC 6797 7.2). */
export function strictTransport(
  { strictTransportSecurity }: TransportRules,
  arrival: Arrival,
): string {
  return strictTransportSecurity !== '' && isSecure(arrival) ? strictTransportSecurity : '';
}

/** A trusted proxy knows how its client came; of all others we know it ourselves. */
function isSecure({ head, bytes, text, client }: Arrival): boolean {
  return claimedScheme(head, bytes, text, client) === 'https';
}
