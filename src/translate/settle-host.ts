// Decides which claims to one host hold: one route for each path and type. The senior claim holds,
// and each later one is a Problem that names it. Hosts have nothing to do with each other.

import { formatRef } from '#base/problem.ts';
import { quote } from '#base/quote.ts';
import { comparePrecedence, compareSeniority } from '#plan/precedence.ts';
import type { Filter, Route, VirtualHost } from '#plan/routing-plan.ts';
import type { Claim, HostClaims } from './claim.ts';
import { ANY_HOST } from './host-name.ts';
import { settlePassthrough } from './passthrough.ts';
import { type Finding, findingAt, refOf } from './problems.ts';
import { settleClientRules } from './settle-client-rules.ts';
import type { Secrets } from './translate-input.ts';
import { type TransportPolicy, transportFilters } from './transport-policy.ts';

export interface SettledHost {
  readonly virtualHost: VirtualHost;
  readonly findings: readonly Finding[];
}

export interface HostSurroundings {
  /** Clients can reach the host over TLS. */
  readonly hasCertificate: boolean;
  readonly secrets: Secrets;
}

/** `claims` are those of all Ingresses on `host`, in any order, at least one. */
export function settleHost(
  host: string,
  claims: readonly HostClaims[],
  { hasCertificate, secrets }: HostSurroundings,
): SettledHost {
  const findings: Finding[] = [];
  const passed = settlePassthrough(claims.toSorted(compareSeniority), findings);
  const { upstream: passthrough } = passed;
  const settled = settleClientRules(host, passed, secrets, findings);
  const { claimants: seniorFirst, rules: clientRules } = settled;
  const held = new Map<string, Claim>();
  for (const rule of seniorFirst.flatMap(({ rules }) => rules)) {
    const holder = settle(held, rule);
    if (holder !== rule) findings.push(conflict(rule, holder));
  }
  // A default backend is meant for the paths that no rule names, so it yields to a rule without a
  // word, also to one of a younger Ingress. Two default backends are a conflict.
  const fallbacks = seniorFirst.flatMap(({ fallback }) => fallback ?? []);
  for (const fallback of fallbacks) {
    const holder = settle(held, fallback);
    if (holder !== fallback && holder === fallbacks[0]) findings.push(conflict(fallback, holder));
  }
  // What a class says for all its Ingresses yields to whatever one of them says.
  for (const fallback of seniorFirst.flatMap((one) => one.classFallback ?? [])) {
    settle(held, fallback);
  }
  const [owner] = passed.claimants;
  const filters = new Map(
    seniorFirst.map((one) => {
      const hasTls = passthrough === null ? hasCertificate : one.passesThrough;
      return [one.id, transportFilters(policyOf(one, owner ?? one), hasTls)];
    }),
  );
  const routes = [...held.values()]
    .map(({ route, ingress: { namespace, name } }) =>
      addFilters(route, filters.get(`${namespace}/${name}`) ?? []),
    )
    .sort((a, b) => comparePrecedence(a.match, b.match));
  return { virtualHost: { host, routes, clientRules, passthrough }, findings };
}

/** Whoever shares a host of another namespace may ask for more safety there, and for no less. */
function policyOf({ ingress, policy }: HostClaims, owner: HostClaims): TransportPolicy {
  if (ingress.namespace === owner.ingress.namespace) return policy;
  const redirectsToHttps = policy.redirectsToHttps || owner.policy.redirectsToHttps;
  return { ...owner.policy, redirectsToHttps };
}

/** The very same route if there is nothing to add. */
function addFilters(route: Route, filters: readonly Filter[]): Route {
  return filters.length === 0 ? route : { ...route, filters: [...filters, ...route.filters] };
}

/** The claim that holds the place that `claim` asks for; `claim` itself if the place was free. */
function settle(held: Map<string, Claim>, claim: Claim): Claim {
  const { type, path } = claim.route.match;
  const key = `${type} ${path}`;
  const holder = held.get(key) ?? claim;
  held.set(key, holder);
  return holder;
}

function conflict(loser: Claim, winner: Claim): Finding {
  const { match, source } = loser.route;
  const where = loser.host === ANY_HOST ? 'any host' : `host ${quote(loser.host)}`;
  const holder = `${formatRef(refOf(winner.ingress))} (${winner.route.source.field})`;
  return findingAt(
    { object: loser.ingress, field: source.field },
    'RouteConflict',
    `${match.type} path ${quote(match.path)} of ${where} belongs to ${holder}, ` +
      seniority(loser, winner),
  );
}

function seniority(loser: Claim, winner: Claim): string {
  if (loser.ingress === winner.ingress) return 'which comes first';
  const isOlder = loser.ingress.createdAtMs !== winner.ingress.createdAtMs;
  return isOlder ? 'which is older' : 'which comes first by name';
}
