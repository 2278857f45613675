// What all Ingresses claim at this moment, and the indices by which a change finds whom it
// concerns: the claimants of a host, and the Ingresses that name another object. It decides
// nothing.

import { Groups } from '#base/groups.ts';
import type { HostClaims } from './claim.ts';
import type { IngressClaims } from './ingress.ts';

/** The kinds that an Ingress names. */
type NamedKind = 'Service' | 'Secret';

export class ClaimTable {
  /** By `namespace/name`. */
  readonly #claims = new Map<string, IngressClaims>();
  readonly #claimants = new Groups<HostClaims>();
  readonly #namers = new Groups<string>();

  get(id: string): IngressClaims | null {
    return this.#claims.get(id) ?? null;
  }

  /** The hosts that the Ingress of this name claims, or has claimed until here. */
  replace(id: string, claims: IngressClaims | null): ReadonlySet<string> {
    const before = this.get(id);
    for (const one of before?.hosts ?? []) this.#claimants.delete(one.host, one);
    for (const key of namedBy(before)) this.#namers.delete(key, id);
    for (const one of claims?.hosts ?? []) this.#claimants.add(one.host, one);
    for (const key of namedBy(claims)) this.#namers.add(key, id);
    if (claims === null) this.#claims.delete(id);
    else this.#claims.set(id, claims);
    return new Set([...(before?.hosts ?? []), ...(claims?.hosts ?? [])].map(({ host }) => host));
  }

  /** In any order; empty if nobody claims the host. */
  claimants(host: string): readonly HostClaims[] {
    return [...this.#claimants.get(host)];
  }

  /** The Ingresses that name an object, by `namespace/name`. */
  namers(kind: NamedKind, namespace: string, name: string): ReadonlySet<string> {
    return this.#namers.get(namedKey(kind, namespace, name));
  }
}

function namedBy(claims: IngressClaims | null): readonly string[] {
  if (claims === null) return [];
  const { ingress, references } = claims;
  const services = references.map(({ ref }) => namedKey('Service', ref.namespace, ref.service));
  const secrets = ingress.tls.flatMap(({ secretName }) =>
    secretName === null ? [] : namedKey('Secret', ingress.namespace, secretName),
  );
  return [...services, ...secrets];
}

function namedKey(kind: NamedKind, namespace: string, name: string): string {
  return `${kind} ${namespace}/${name}`;
}
