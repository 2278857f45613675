// Whose a host is: that of the senior Ingress with rules for it, and of its namespace. The owner
// alone says what is true of all connections to the host, whichever path they ask for: certificate,
// passing through, client certificates, transport security. Paths are shared with everybody.

import { compareSeniority } from '#plan/precedence.ts';
import type { HostClaims } from './claim.ts';
import { ANY_HOST } from './host-name.ts';

/** What is known of the claims of all Ingresses. */
export interface HostOwners {
  /** The owner of this very host; null if no Ingress has rules for it. */
  owner(host: string): HostClaims | null;
  /** The claimed hosts that a name stands for: itself, and what a wildcard covers. */
  hostsUnder(name: string): readonly string[];
}

/** Those that have a say in the routes of the host: who passes nothing through has none. */
export function hasSay({ passesThrough, rules }: HostClaims): boolean {
  return !passesThrough || rules.length > 0;
}

/** `claims` are those of all Ingresses on one host, in any order. */
export function ownerAmong(claims: Iterable<HostClaims>): HostClaims | null {
  let owner: HostClaims | null = null;
  for (const one of claims) {
    if (hasSay(one) && (owner === null || compareSeniority(one, owner) < 0)) owner = one;
  }
  return owner;
}

/** The owner of what answers a request for this name, be that a wildcard or any host. */
export function ownerOfName(host: string, owners: HostOwners): HostClaims | null {
  const above = wildcardAbove(host);
  const wildcard = above === null ? null : owners.owner(above);
  return owners.owner(host) ?? wildcard ?? owners.owner(ANY_HOST);
}

/** `*.example` for `a.example`; null for a name of one label, and for a wildcard. */
export function wildcardAbove(host: string): string | null {
  const dot = host.indexOf('.');
  return dot <= 0 || host.startsWith('*') ? null : `*${host.slice(dot)}`;
}

/**
 * Whether the certificate of a wildcard answers for a host under it that has none. It does unless
 * the host is of another namespace and was there before: whoever comes later knows what is shown
 * there, but nobody changes by a wildcard what clients of others see. Two objects of one second,
 * as one `kubectl apply` makes them, are of one age.
 */
export function isWithinReach(wildcardOwner: HostClaims, hostOwner: HostClaims): boolean {
  if (wildcardOwner.ingress.namespace === hostOwner.ingress.namespace) return true;
  const { createdAtMs } = hostOwner;
  return createdAtMs === null || (wildcardOwner.createdAtMs ?? Infinity) <= createdAtMs;
}
