// What a class asks of the way to its hosts: that clients are sent to HTTPS, and told to stay
// there. It becomes filters of routes.

import type { Filter } from '#plan/routing-plan.ts';

export interface TransportPolicy {
  /** Requests without TLS are sent to HTTPS, where there is a certificate. */
  readonly redirectsToHttps: boolean;
  /** The value of Strict-Transport-Security; null for none. */
  readonly strictTransportSecurity: string | null;
}

export const DEFAULT_POLICY: TransportPolicy = {
  redirectsToHttps: true,
  strictTransportSecurity: null,
};

/** `hasCertificate` says whether a certificate answers for the host of the route. */
export function transportFilters(
  { redirectsToHttps, strictTransportSecurity: value }: TransportPolicy,
  hasCertificate: boolean,
): readonly Filter[] {
  const redirect: readonly Filter[] =
    redirectsToHttps && hasCertificate ? [{ type: 'httpsRedirect' }] : [];
  return value === null ? redirect : [...redirect, { type: 'strictTransportSecurity', value }];
}
