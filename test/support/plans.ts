// Short notation for plans, so that a test shows what matters and nothing else.

import { sortedList, valuesOf } from '#base/sorted-list.ts';
import { type EndpointPlan, PLAIN_HTTP1 } from '#plan/endpoint-plan.ts';
import { comparePrecedence, compareText } from '#plan/precedence.ts';
import { ADMITS_ANY, type PathMatch, type Route, type RoutingPlan } from '#plan/routing-plan.ts';

/** A path rule as `Prefix /foo` or `Exact /foo`. */
export type Rule = `${PathMatch['type']} /${string}`;

/** A route to the upstream that is named after its host and rule. */
export function routeOf(host: string, rule: Rule): Route {
  const [type, path] = rule.split(/ (.*)/s) as [PathMatch['type'], string];
  return {
    match: { type, path },
    filters: [],
    upstreams: [{ name: upstreamNameOf(host, rule), weight: 1 }],
    source: {
      object: { kind: 'Ingress', namespace: 'test', name: host },
      field: `spec.rules[0].http.paths[0]`,
    },
  };
}

export function upstreamNameOf(host: string, rule: Rule): string {
  return `test/${host} ${rule}:80`;
}

/** The plan with these rules for each host, in the order that a plan has. */
export function routingPlanOf(
  hosts: Readonly<Record<string, readonly Rule[]>>,
  defaultRoute: Route | null = null,
): RoutingPlan {
  const virtualHosts = Object.entries(hosts).map(([host, rules]) => ({
    host,
    routes: rules
      .map((rule) => routeOf(host, rule))
      .toSorted((a, b) => comparePrecedence(a.match, b.match)),
    ...ADMITS_ANY,
  }));
  return {
    virtualHosts: sortedList(virtualHosts.toSorted((a, b) => compareText(a.host, b.host))),
    defaultRoute,
  };
}

/** One IPv4 and one IPv6 endpoint for each upstream that the routes name. */
export function endpointPlanOf({ virtualHosts, defaultRoute }: RoutingPlan): EndpointPlan {
  const routes = valuesOf(virtualHosts).flatMap((host) => host.routes);
  if (defaultRoute !== null) routes.push(defaultRoute);
  const names = new Set(routes.flatMap((route) => route.upstreams.map(({ name }) => name)));
  const upstreams = [...names].toSorted(compareText).map((name) => ({
    name,
    endpoints: [
      { address: '10.0.0.1', port: 8080 },
      { address: 'fd00::1', port: 8080 },
    ],
    externalName: null,
    transport: PLAIN_HTTP1,
  }));
  return { upstreams: sortedList(upstreams) };
}
