// Wildcards that have a certificate, and the hosts under them for which it does not answer. Such a
// host shows the default certificate, as if there were no wildcard. Which certificate a wildcard
// has is not decided here.

import { formatRef } from '#base/problem.ts';
import { quote } from '#base/quote.ts';
import type { HostClaims } from './claim.ts';
import { isWithinReach, wildcardAbove } from './host-owner.ts';
import { type Finding, findingAt, refOf } from './problems.ts';
import type { TlsClaim } from './tls-claim.ts';

interface Wildcard {
  readonly owner: HostClaims;
  readonly holder: TlsClaim;
}

export class WildcardReach {
  readonly #wildcards = new Map<string, Wildcard>();
  readonly #shielded = new Set<string>();

  /** True if hosts under it may be shielded otherwise. A null holder is for no certificate. */
  replace(host: string, owner: HostClaims | null, holder: TlsClaim | null): boolean {
    const before = this.#wildcards.get(host);
    if (owner === null || holder === null) return this.#wildcards.delete(host);
    this.#wildcards.set(host, { owner, holder });
    return before?.owner !== owner || before.holder !== holder;
  }

  /** Whether the certificate of the wildcard above it answers for a host without one. */
  covers(host: string): boolean {
    return this.#above(host) !== null && !this.#shielded.has(host);
  }

  /** Whether a change of the rules for this host may change what is decided here. */
  concerns(host: string): boolean {
    return this.#above(host) !== null || this.#shielded.has(host);
  }

  isShielded(host: string): boolean {
    return this.#shielded.has(host);
  }

  shielded(): Iterable<string> {
    return this.#shielded;
  }

  /** Decides about a host; `owner` is null if nobody has rules for it, or it has a certificate. */
  settle(host: string, owner: HostClaims | null): readonly Finding[] {
    const wildcard = this.#above(host);
    this.#shielded.delete(host);
    // What is passed through shows no certificate of ours.
    if (wildcard === null || owner === null || owner.passesThrough) return [];
    if (isWithinReach(wildcard.owner, owner)) return [];
    this.#shielded.add(host);
    const message =
      `the certificate of ${quote(wildcard.holder.host)} is not shown for host ${quote(host)}, ` +
      `which belongs to ${formatRef(refOf(owner.ingress))}, older and in another namespace`;
    return [findingAt(wildcard.holder.place, 'HostOfAnotherNamespace', message)];
  }

  #above(host: string): Wildcard | null {
    const above = wildcardAbove(host);
    return above === null ? null : (this.#wildcards.get(above) ?? null);
  }
}
