// From Kubernetes objects to the routing plan, over and over. Objects are immutable, so whatever
// was made from the same objects the last time is taken over, and a change costs what it changed.
// What comes out depends on what comes in alone, whatever came before.

import type { Problem } from '#base/problem.ts';
import { KEY_ALONE, Recall } from '#base/recall.ts';
import { SortedNames } from '#base/sorted-names.ts';
import type { Ingress } from '#kubernetes/resources.ts';
import type { RoutingPlan } from '#plan/routing-plan.ts';
import { checkReferences } from './check-reference.ts';
import type { HostClaims } from './claim.ts';
import { translateGlobalDefault } from './default-backend.ts';
import { type IngressClaims, translateIngress } from './ingress.ts';
import { takenIngresses } from './ingress-class.ts';
import { type Finding, tellProblems } from './problems.ts';
import { type SettledHost, settleHost } from './settle-host.ts';
import { checkTls } from './tls.ts';
import type { TranslateInput, TranslateOptions } from './translate-input.ts';

export interface Translation {
  readonly plan: RoutingPlan;
  /** Sorted, each once. */
  readonly problems: readonly Problem[];
}

export class Translator {
  readonly #options: TranslateOptions;
  readonly #claims = new Recall<Ingress, IngressClaims>();
  readonly #checks = new Recall<Ingress, readonly Finding[]>();
  readonly #hosts = new Recall<string, SettledHost>();
  readonly #hostNames = new SortedNames();

  constructor(options: TranslateOptions) {
    this.#options = options;
  }

  /**
   * Equal objects give equal plans, in whatever order they come. A virtual host for which nothing
   * has changed is the very same object as the last time.
   */
  translate(input: TranslateInput): Translation {
    const ingresses = takenIngresses(input, this.#options).map((one) => this.#claim(one));
    const checks = ingresses.map((claims) => this.#check(claims, input));
    const hosts = this.#settle(ingresses);
    const findings = [
      ...ingresses.flatMap(findingsOf),
      ...checks.flat(),
      ...hosts.flatMap(findingsOf),
    ];
    const defaultRoute = translateGlobalDefault(this.#options.defaultBackend, input, findings);
    for (const memory of [this.#claims, this.#checks, this.#hosts]) memory.endRound();
    return {
      plan: { virtualHosts: hosts.map(({ virtualHost }) => virtualHost), defaultRoute },
      problems: tellProblems(findings),
    };
  }

  #claim(ingress: Ingress): IngressClaims {
    return this.#claims.take(ingress, KEY_ALONE, () => translateIngress(ingress));
  }

  /** What is wrong with the objects that an Ingress names. */
  #check({ ingress, references }: IngressClaims, input: TranslateInput): readonly Finding[] {
    const { namespace, tls } = ingress;
    const named = [
      ...references.map(({ ref }) => input.service(ref.namespace, ref.service)),
      ...tls.map(({ secretName }) =>
        secretName === null ? null : input.secret(namespace, secretName),
      ),
    ];
    return this.#checks.take(ingress, named, () => [
      ...checkReferences(references, input),
      ...checkTls(ingress, input),
    ]);
  }

  #settle(ingresses: readonly IngressClaims[]): readonly SettledHost[] {
    const byHost = new Map<string, HostClaims[]>();
    for (const claims of ingresses.flatMap(({ hosts }) => hosts)) {
      const claimants = byHost.get(claims.host);
      if (claimants === undefined) byHost.set(claims.host, [claims]);
      else claimants.push(claims);
    }
    return this.#hostNames.of(byHost).map((host) => {
      const claimants = byHost.get(host) ?? [];
      return this.#hosts.take(host, claimants, () => settleHost(host, claimants));
    });
  }
}

function findingsOf({ findings }: { readonly findings: readonly Finding[] }): readonly Finding[] {
  return findings;
}
