// What all Ingresses claim at this moment, and the indices by which a change finds whom it
// concerns: the claimants of a host, the hosts under a wildcard, the Ingresses that name a Service,
// and the hosts that need a Secret. It decides nothing.

import { Groups } from '#base/groups.ts';
import type { HostClaims } from './claim.ts';
import { type HostOwners, ownerAmong } from './host-owner.ts';
import type { IngressClaims } from './ingress.ts';

export class ClaimTable implements HostOwners {
  /** By `namespace/name`. */
  readonly #claims = new Map<string, IngressClaims>();
  readonly #claimants = new Groups<HostClaims>();
  /** Claimed hosts by what follows their first label. */
  readonly #hostsByParent = new Groups<string>();
  readonly #namers = new Groups<string>();
  /** Hosts whose clients are judged by a Secret, once for each Ingress that says so. */
  readonly #judged = new Groups<HostClaims>();

  get(id: string): IngressClaims | null {
    return this.#claims.get(id) ?? null;
  }

  /** The hosts that the Ingress of this name claims, or has claimed until here. */
  replace(id: string, claims: IngressClaims | null): ReadonlySet<string> {
    const before = this.get(id);
    for (const one of before?.hosts ?? []) {
      this.#claimants.delete(one.host, one);
      this.#judged.delete(judgeOf(one), one);
    }
    for (const key of namedBy(before)) this.#namers.delete(key, id);
    for (const one of claims?.hosts ?? []) {
      this.#claimants.add(one.host, one);
      if (one.clientCertificate !== null) this.#judged.add(judgeOf(one), one);
    }
    for (const key of namedBy(claims)) this.#namers.add(key, id);
    if (claims === null) this.#claims.delete(id);
    else this.#claims.set(id, claims);
    const hosts = [...(before?.hosts ?? []), ...(claims?.hosts ?? [])].map(({ host }) => host);
    for (const host of hosts) {
      if (this.#claimants.get(host).size > 0) this.#hostsByParent.add(parentOf(host), host);
      else this.#hostsByParent.delete(parentOf(host), host);
    }
    return new Set(hosts);
  }

  /** In any order; empty if nobody claims the host. */
  claimants(host: string): readonly HostClaims[] {
    return [...this.#claimants.get(host)];
  }

  owner(host: string): HostClaims | null {
    return ownerAmong(this.#claimants.get(host));
  }

  hostsUnder(name: string): readonly string[] {
    const covered = name.startsWith('*.') ? [...this.#hostsByParent.get(parentOf(name))] : [];
    return this.#claimants.get(name).size > 0 ? [name, ...covered] : covered;
  }

  /** The Ingresses that name a Service, by `namespace/name`. */
  namers(namespace: string, name: string): ReadonlySet<string> {
    return this.#namers.get(`${namespace}/${name}`);
  }

  /** The Secrets by which clients are judged, as `namespace/name`. */
  judges(): readonly string[] {
    return [...this.#judged.keys()].filter((key) => key !== '');
  }

  /** The hosts whose clients are judged by the authorities of a Secret. */
  hostsJudgedBy(namespace: string, secretName: string): readonly string[] {
    return Array.from(this.#judged.get(`${namespace}/${secretName}`), ({ host }) => host);
  }
}

/** Empty for no Secret. */
function judgeOf({ clientCertificate }: HostClaims): string {
  const secret = clientCertificate?.secret ?? null;
  return secret === null ? '' : `${secret.namespace}/${secret.name}`;
}

/** The Services that an Ingress names. */
function namedBy(claims: IngressClaims | null): readonly string[] {
  return (claims?.references ?? []).map(({ ref }) => `${ref.namespace}/${ref.service}`);
}

/** Empty for a host of one label. */
function parentOf(host: string): string {
  const dot = host.indexOf('.');
  return dot < 0 ? '' : host.slice(dot);
}
