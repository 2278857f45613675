// Decides which claims hold: one route for each host, path and type. The claims arrive in order of
// seniority, so the first holds, and each later one is a Problem that names the first.

import { formatRef, type Problem } from '#base/problem.ts';
import { quote } from '#base/quote.ts';
import { comparePrecedence, compareText } from '#plan/precedence.ts';
import type { VirtualHost } from '#plan/routing-plan.ts';
import type { Claim } from './claim.ts';
import { ANY_HOST } from './host-name.ts';
import { problemAt, refOf } from './problems.ts';

export interface Claims {
  /** The hosts that are known, with or without a route. */
  readonly hosts: readonly string[];
  /** The paths of rules, senior Ingress first, in the order of the rules. */
  readonly rules: readonly Claim[];
  /** The default backends of Ingresses, senior first. */
  readonly defaults: readonly Claim[];
}

type Table = ReadonlyMap<string, Map<string, Claim>>;

export function settleClaims(claims: Claims, problems: Problem[]): readonly VirtualHost[] {
  const hosts = new Set([...claims.hosts, ...claims.defaults.map(({ host }) => host)]);
  const table: Table = new Map([...hosts].map((host) => [host, new Map()]));
  for (const rule of claims.rules) {
    const holder = settle(table, rule);
    if (holder !== rule) problems.push(conflict(rule, holder));
  }
  // A default backend is meant for the paths that no rule names, so it yields to a rule without a
  // word, also to one of a younger Ingress. Two default backends of one host are a conflict.
  const defaults = new Set(claims.defaults);
  for (const fallback of claims.defaults) {
    const holder = settle(table, fallback);
    if (holder !== fallback && defaults.has(holder)) problems.push(conflict(fallback, holder));
  }
  return [...table]
    .map(([host, held]) => ({ host, routes: sortedRoutes(held) }))
    .sort((a, b) => compareText(a.host, b.host));
}

/** The claim that holds the place that `claim` asks for; `claim` itself if the place was free. */
function settle(table: Table, claim: Claim): Claim {
  const held = table.get(claim.host);
  const { type, path } = claim.route.match;
  const key = `${type} ${path}`;
  const holder = held?.get(key) ?? claim;
  held?.set(key, holder);
  return holder;
}

function sortedRoutes(held: ReadonlyMap<string, Claim>) {
  return [...held.values()]
    .map(({ route }) => route)
    .sort((a, b) => comparePrecedence(a.match, b.match));
}

function conflict(loser: Claim, winner: Claim): Problem {
  const { match, source } = loser.route;
  const where = loser.host === ANY_HOST ? 'any host' : `host ${quote(loser.host)}`;
  const holder = `${formatRef(refOf(winner.ingress))} (${winner.route.source.field})`;
  return problemAt(
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
