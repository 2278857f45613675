// From the upstreams that a routing plan names to the addresses that answer for each, over and
// over: an upstream is translated again only when its Service or one of its slices is another
// object. Routes are not its matter: a pod that comes or goes changes this plan and no other.

import type { Problem } from '#base/problem.ts';
import { KEY_ALONE, Recall } from '#base/recall.ts';
import { SortedNames } from '#base/sorted-names.ts';
import type { EndpointPlan } from '#plan/endpoint-plan.ts';
import type { Route, RoutingPlan, VirtualHost } from '#plan/routing-plan.ts';
import { tellProblems } from './problems.ts';
import type { Endpoints, ServicePortRef } from './translate-input.ts';
import { type TranslatedUpstream, translateUpstream } from './upstream.ts';
import { parseUpstreamName } from './upstream-name.ts';

export interface EndpointTranslation {
  readonly plan: EndpointPlan;
  /** Sorted, each once. */
  readonly problems: readonly Problem[];
}

/** What upstreams are called, and what each name means. */
type References = ReadonlyMap<string, ServicePortRef | null>;

export class EndpointTranslator {
  readonly #references = new Recall<VirtualHost, References>();
  readonly #upstreams = new Recall<string, TranslatedUpstream>();
  readonly #names = new SortedNames();

  /**
   * Equal objects give equal plans, in whatever order they come. An upstream for which nothing has
   * changed is the very same object as the last time.
   */
  translate(plan: RoutingPlan, input: Endpoints): EndpointTranslation {
    const references = this.#gather(plan);
    const upstreams = this.#names
      .of(references)
      .map((name) => this.#translate(name, references.get(name) ?? null, input));
    for (const memory of [this.#references, this.#upstreams]) memory.endRound();
    return {
      plan: { upstreams: upstreams.map(({ upstream }) => upstream) },
      problems: tellProblems(upstreams.flatMap(({ findings }) => findings)),
    };
  }

  #gather({ virtualHosts, defaultRoute }: RoutingPlan): References {
    const all = new Map(defaultRoute === null ? [] : referencesOf([defaultRoute]));
    for (const host of virtualHosts) {
      const ofHost = this.#references.take(host, KEY_ALONE, () => referencesOf(host.routes));
      for (const [name, ref] of ofHost) all.set(name, ref);
    }
    return all;
  }

  #translate(name: string, ref: ServicePortRef | null, input: Endpoints): TranslatedUpstream {
    const service = ref === null ? null : input.service(ref.namespace, ref.service);
    const slices = ref === null ? [] : [...input.endpointSlices(ref.namespace, ref.service)];
    return this.#upstreams.take(name, [service, ...slices], () =>
      translateUpstream({ name, ref, service, slices }),
    );
  }
}

function referencesOf(routes: readonly Route[]): References {
  const names = new Set(routes.flatMap(({ upstreams }) => upstreams.map(({ name }) => name)));
  return new Map(Array.from(names, (name) => [name, parseUpstreamName(name)]));
}
