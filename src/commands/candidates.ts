// The routes that could answer a request, in the order in which they are considered, and for each
// the reason why it does or does not. It reads the plan only.

import { assert } from '#base/assert.ts';
import { findInList } from '#base/sorted-list.ts';
import type { PathMatch, Route, RoutingPlan, VirtualHost } from '#plan/routing-plan.ts';
import type { RequestTarget } from './request-target.ts';

export interface Candidate {
  readonly host: string;
  readonly route: Route;
  readonly verdict: string;
}

/** The names of the plan that may stand for a host name, most specific first. */
export function namesFitting(host: string): readonly string[] {
  const dot = host.indexOf('.');
  return dot > 0 ? [host, `*${host.slice(dot)}`, '*'] : [host, '*'];
}

/** The hosts of the plan that a host name fits, most specific first; only the first can answer. */
export function fittingHosts(routes: RoutingPlan, host: string): readonly VirtualHost[] {
  return namesFitting(host).flatMap(
    (name) => findInList(routes.virtualHosts, name, ({ host: own }) => own) ?? [],
  );
}

/** `answer` is one of the routes of `hosts[0]`, the default route, or null. */
export function judgeCandidates(
  hosts: readonly VirtualHost[],
  defaultRoute: Route | null,
  { target, answer }: { readonly target: RequestTarget; readonly answer: Route | null },
): readonly Candidate[] {
  const [best, ...others] = hosts;
  const firstMatch = best?.routes.find(({ match }) => matches(match, target.path)) ?? defaultRoute;
  assert(firstMatch === answer, 'the first route that matches is the answer');
  const candidates = (best?.routes ?? []).map((route) => ({
    host: best?.host ?? '',
    route,
    verdict: judge(route, answer, target.path),
  }));
  const lessSpecific = others.flatMap(({ host, routes }) =>
    routes.map((route) => ({ host, route, verdict: `host ${best?.host} is more specific` })),
  );
  if (defaultRoute === null) return [...candidates, ...lessSpecific];
  const verdict = defaultRoute === answer ? 'answers' : 'a rule answers';
  return [...candidates, ...lessSpecific, { host: '(default)', route: defaultRoute, verdict }];
}

function judge(route: Route, answer: Route | null, path: string): string {
  if (route === answer) return 'answers';
  if (!matches(route.match, path)) return 'path differs';
  return answer?.match.type === 'Exact' ? 'exact path won' : 'longer prefix won';
}

function matches({ type, path }: PathMatch, requestPath: string): boolean {
  if (type === 'Exact') return requestPath === path;
  return path === '/' || requestPath === path || requestPath.startsWith(`${path}/`);
}
