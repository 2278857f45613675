// Decides which texts are host names of a rule, and gives each its one spelling.

import { limits } from '#base/limits.ts';
import { quote } from '#base/quote.ts';
import { ipv4Address } from './ip-address.ts';
import { mistaken, type Parsed, parsed } from './parsed.ts';

/** The host of rules that name none: any host that no other rule names. */
export const ANY_HOST = '*';

const WILDCARD = '*.';
const LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/**
 * A host as the Kubernetes API takes it, a DNS-1123 subdomain that may begin with `*.`, in lower
 * case and without the trailing dot. The API refuses upper case and the dot; clients may send both
 * and mean the same host (RFC 9110 4.2.3), and so may a manifest.
 */
export function parseHost(text: string): Parsed<string> {
  const host = canonical(text);
  if (host.length > limits.hostBytesMax) {
    return mistaken(`host ${quote(text)} is longer than ${limits.hostBytesMax} characters`);
  }
  if (!isDnsName(host.startsWith(WILDCARD) ? host.slice(WILDCARD.length) : host)) {
    return mistaken(`host ${quote(text)} is neither a DNS name nor "*." and a DNS name`);
  }
  if (ipv4Address(host) === null) return parsed(host);
  return mistaken(`host ${quote(text)} is an IP address, and must be a DNS name`);
}

/** The name a Service of type ExternalName stands for; it is never a wildcard nor an address. */
export function parseExternalName(text: string): Parsed<string> {
  const host = canonical(text);
  if (!isDnsName(host)) return mistaken(`external name ${quote(text)} is not a DNS name`);
  if (ipv4Address(host) === null) return parsed(host);
  return mistaken(
    `external name ${quote(text)} is an IP address, which DNS does not resolve; ` +
      'use a Service without a selector and an EndpointSlice',
  );
}

function isDnsName(text: string): boolean {
  return text.length <= limits.hostBytesMax && text.split('.').every((label) => LABEL.test(label));
}

// Only A to Z change: some letters beyond ASCII would become ASCII letters in lower case.
function canonical(text: string): string {
  const lowerCase = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return lowerCase.endsWith('.') ? lowerCase.slice(0, -1) : lowerCase;
}
