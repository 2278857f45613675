// Whether the `status.loadBalancer.ingress` of an Ingress is to be written, and with what. Whether
// the Ingress is ours, and which addresses we have, is decided elsewhere.

import { isIP } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import type { IngressStatus } from './resources.ts';

export interface StatusQuestion {
  readonly status: IngressStatus;
  /** The Ingress is served here. */
  readonly isTaken: boolean;
  /** Null while they are not known. */
  readonly addresses: readonly string[] | null;
  /** The field manager under whose name this Headgate writes. */
  readonly manager: string;
}

/**
 * The addresses to write; empty to clear them; null where all is as it should be. What another
 * controller wrote on an Ingress that is not ours stays. To have no address at the moment is no
 * reason to take away the last ones: they say at least which node to look at.
 */
export function statusChange(question: StatusQuestion): readonly string[] | null {
  const { status, isTaken, addresses, manager } = question;
  if (!isTaken) {
    const isLeftover = status.managers.includes(manager) && status.addresses.length > 0;
    return isLeftover ? [] : null;
  }
  if (addresses === null || addresses.length === 0) return null;
  return isDeepStrictEqual(status.addresses, addresses) ? null : addresses;
}

/**
 * A JSON merge patch (RFC 7396) of the status. The API server refuses it with 409 if the Ingress
 * is not the version that the decision was made from.
 */
export function statusPatch(version: string, addresses: readonly string[]): unknown {
  const ingress = addresses.length === 0 ? null : addresses.map(loadBalancerIngress);
  return { metadata: { resourceVersion: version }, status: { loadBalancer: { ingress } } };
}

function loadBalancerIngress(address: string): { readonly [field: string]: string } {
  return isIP(address) === 0 ? { hostname: address } : { ip: address };
}
