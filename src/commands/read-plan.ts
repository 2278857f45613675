// Reads manifests once and translates them, for the commands that tell instead of serving.

import { formatRef, type Problem } from '#base/problem.ts';
import { valuesOf } from '#base/sorted-list.ts';
import { readManifests } from '#kubernetes/read-manifests.ts';
import type { Ingress } from '#kubernetes/resources.ts';
import type { Store } from '#kubernetes/store.ts';
import type { EndpointPlan, Upstream } from '#plan/endpoint-plan.ts';
import type { Route, RoutingPlan } from '#plan/routing-plan.ts';
import { translate } from '#translate/translate.ts';
import { translateEndpoints } from '#translate/translate-endpoints.ts';
import type { PlanOptions } from './command-line.ts';
import { translateOptions } from './translate-options.ts';

export interface ReadPlan {
  readonly store: Store;
  readonly routes: RoutingPlan;
  readonly endpoints: EndpointPlan;
  /** Of the files, then of the routes, then of the endpoints. */
  readonly problems: readonly Problem[];
  readonly upstreams: ReadonlyMap<string, Upstream>;
  /** The Ingresses by `formatRef`. */
  readonly ingresses: ReadonlyMap<string, Ingress>;
}

export function readPlan(options: PlanOptions): ReadPlan {
  const { store, problems } = readManifests(options.manifests);
  const translating = translateOptions(options);
  const routes = translate(store, translating, Date.now());
  const endpoints = translateEndpoints(routes.plan, store, translating);
  return {
    store,
    routes: routes.plan,
    endpoints: endpoints.plan,
    problems: [...problems, ...routes.problems, ...endpoints.problems],
    upstreams: new Map(valuesOf(endpoints.plan.upstreams).map((one) => [one.name, one])),
    ingresses: new Map(store.ingresses().map((ingress) => [formatRef(ingress), ingress])),
  };
}

/** `file:line` where a file holds the object that a route comes from, else the field in it. */
export function formatPlace({ source }: Route, { ingresses }: ReadPlan): string {
  if (source.object === null) return 'command line';
  const position = ingresses.get(formatRef(source.object))?.locate?.(source.field);
  return position === undefined ? source.field : `${position.file}:${position.line}`;
}
