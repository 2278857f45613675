// The admit phase: whether a connection is one over which the host of a request may be asked. What
// a client has shown of itself was judged by the rules of the host it named in its handshake, and
// says nothing to a host with other rules (RFC 9110 15.5.20). Works on values alone.

import type { Client } from './forwarding-fields.ts';

/** What a virtual host asks of connections over TLS. */
export interface Admission {
  /** Null if clients need not show anything. */
  readonly clientRules: ClientRules | null;
  /** The upstream that connections are passed through to, unopened; empty if they are not. */
  readonly passthrough: string;
}

export interface ClientRules {
  /** Tells rules apart. */
  readonly key: string;
  readonly mode: 'optional' | 'required';
  /** PEM; empty for nobody. */
  readonly authorities: string;
}

export const ADMITS_ALL: Admission = { clientRules: null, passthrough: '' };

export interface Rejection {
  readonly status: number;
  readonly message: string;
}

const MISDIRECTED: Rejection = {
  status: 421,
  message: 'this host has to be asked over a connection of its own',
};
// With nginx's status for both: a client that shows no certificate is not told by an alert of TLS,
// which it would meet, in TLS 1.3, only after it had taken the connection for good.
const NO_CERTIFICATE: Rejection = { status: 400, message: 'a client certificate is required' };
const BAD_CERTIFICATE: Rejection = { status: 400, message: 'the client certificate is not valid' };
const NO_AUTHORITIES: Rejection = {
  status: 503,
  message: 'client certificates cannot be verified',
};

/** Null if the request may go to `upstream`, which its route names. */
export function admit(
  { clientRules, passthrough }: Admission,
  { scheme, identity }: Client,
  upstream: string,
): Rejection | null {
  const isSecure = scheme === 'https';
  // A host that is passed through has routes for requests in clear, but not to that backend.
  if (passthrough !== '' && (isSecure || passthrough === upstream)) return MISDIRECTED;
  if (isSecure && identity.rulesKey !== (clientRules?.key ?? '')) return MISDIRECTED;
  if (clientRules === null || identity.verdict === 'verified') return null;
  if (identity.verdict === 'refused') return BAD_CERTIFICATE;
  if (clientRules.mode === 'optional') return null;
  return clientRules.authorities === '' ? NO_AUTHORITIES : NO_CERTIFICATE;
}
