// By which labels the metrics tell a route: its match and the Ingress it comes from.

import type { Sliced } from '#base/sliced.ts';
import { valuesOf } from '#base/sorted-list.ts';
import type { Route, RoutingPlan, VirtualHost } from '#plan/routing-plan.ts';
import { routeKeyText } from '#snapshot/keys.ts';
import type { RouteLabels } from './metrics.ts';

type Labelled = readonly [key: string, labels: RouteLabels];

/**
 * By route key, as WorkerCounters gives it. The default route has the host ``. Labels of a virtual
 * host are made once, since a plan takes over those that have not changed: those of 60,000 routes
 * take a tenth of a second, and would take it at each scrape.
 */
export class RouteLabelling {
  readonly #known = new WeakMap<VirtualHost, readonly Labelled[]>();

  *labels(plan: RoutingPlan): Sliced<ReadonlyMap<string, RouteLabels>> {
    const labels = new Map<string, RouteLabels>();
    for (const virtualHost of valuesOf(plan.virtualHosts)) {
      yield;
      for (const [key, value] of this.#ofHost(virtualHost)) labels.set(key, value);
    }
    if (plan.defaultRoute !== null) labels.set(...labelled('', plan.defaultRoute));
    return labels;
  }

  #ofHost(virtualHost: VirtualHost): readonly Labelled[] {
    const known = this.#known.get(virtualHost);
    if (known !== undefined) return known;
    const { host, routes } = virtualHost;
    const made = routes.map((route) => labelled(host, route));
    this.#known.set(virtualHost, made);
    return made;
  }
}

function labelled(host: string, { match: { type, path }, source }: Route): Labelled {
  const labels: RouteLabels = {
    host,
    path,
    path_type: type,
    namespace: source.object?.namespace ?? '',
    ingress: source.object?.name ?? '',
  };
  return [routeKeyText({ host, type, path }), labels];
}
