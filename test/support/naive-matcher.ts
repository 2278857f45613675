// The routing rules as a reader of the Kubernetes documentation would write them down: slow, short
// and obviously right. Everything that answers requests must agree with it.

import { valuesOf } from '#base/sorted-list.ts';
import type { PathMatch, Route, RoutingPlan, VirtualHost } from '#plan/routing-plan.ts';

/** The route that answers; null for 404. The host has no port and no trailing dot. */
export function matchNaively(plan: RoutingPlan, host: string, path: string): Route | null {
  const virtualHost = findHost(valuesOf(plan.virtualHosts), host.toLowerCase());
  const routes = virtualHost?.routes.filter(({ match }) => matches(match, path)) ?? [];
  const exact = routes.find(({ match }) => match.type === 'Exact');
  const longest = routes.toSorted((a, b) => b.match.path.length - a.match.path.length)[0];
  return exact ?? longest ?? plan.defaultRoute;
}

function findHost(hosts: readonly VirtualHost[], host: string): VirtualHost | undefined {
  const parent = host.split('.').slice(1).join('.');
  const hasLabel = host.indexOf('.') > 0;
  return (
    hosts.find((one) => one.host === host) ??
    hosts.find((one) => hasLabel && one.host === `*.${parent}`) ??
    hosts.find((one) => one.host === '*')
  );
}

function matches({ type, path }: PathMatch, requested: string): boolean {
  if (type === 'Exact') return requested === path;
  const elements = path === '/' ? [] : path.slice(1).split('/');
  const requestedElements = requested.slice(1).split('/');
  return elements.every((element, index) => element === requestedElements[index]);
}
