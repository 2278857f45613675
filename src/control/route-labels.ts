// By which labels the metrics tell a route: its match and the Ingress it comes from.

import { formatKey } from '#base/hash.ts';
import type { Route, RoutingPlan } from '#plan/routing-plan.ts';
import { routeKey } from '#snapshot/keys.ts';
import type { RouteLabels } from './metrics.ts';

/** By route key, as WorkerCounters gives it. The default route has the host ``. */
export function routeLabels(plan: RoutingPlan): Map<string, RouteLabels> {
  const labels = new Map<string, RouteLabels>();
  const add = (host: string, { match: { type, path }, source }: Route): void => {
    labels.set(formatKey(routeKey({ host, type, path })), {
      host,
      path,
      path_type: type,
      namespace: source.object?.namespace ?? '',
      ingress: source.object?.name ?? '',
    });
  };
  for (const { host, routes } of plan.virtualHosts) for (const route of routes) add(host, route);
  if (plan.defaultRoute !== null) add('', plan.defaultRoute);
  return labels;
}
