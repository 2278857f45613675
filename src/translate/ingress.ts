// Turns the rules of one Ingress into the hosts it makes known and the routes it claims. A bad host
// drops its rule and a bad path drops itself, each with a Problem. Whether another Ingress claims
// the same is not known here.

import type { Problem } from '#base/problem.ts';
import type { Ingress, IngressPath, IngressRule } from '#kubernetes/resources.ts';
import { translateBackend } from './backend.ts';
import { type Claim, type ClaimParts, claim } from './claim.ts';
import { ANY_HOST, parseHost } from './host-name.ts';
import { parsePath } from './path-match.ts';
import { problemAt } from './problems.ts';
import type { Services } from './translate-input.ts';

export interface IngressRules {
  /** Each host once. A host is known even if none of its paths is good. */
  readonly hosts: readonly string[];
  /** In the order of the rules. */
  readonly claims: readonly Claim[];
}

export function translateRules(
  ingress: Ingress,
  services: Services,
  problems: Problem[],
): IngressRules {
  const hosts = new Set<string>();
  const claims: Claim[] = [];
  for (const [index, rule] of ingress.rules.entries()) {
    const field = `spec.rules[${index}]`;
    const host = hostOf(ingress, rule, field, problems);
    if (host === null) continue;
    hosts.add(host);
    for (const [pathIndex, path] of rule.paths.entries()) {
      const place = { ingress, field: `${field}.http.paths[${pathIndex}]`, host };
      const claimed = claimPath(place, path, services, problems);
      if (claimed !== null) claims.push(claimed);
    }
  }
  return { hosts: [...hosts], claims };
}

function hostOf(ingress: Ingress, rule: IngressRule, field: string, problems: Problem[]) {
  if (rule.host === null) return ANY_HOST;
  const host = parseHost(rule.host);
  if (host.ok) return host.value;
  const place = { object: ingress, field: `${field}.host` };
  problems.push(problemAt(place, 'InvalidHost', host.mistake));
  return null;
}

function claimPath(
  place: Omit<ClaimParts, 'match' | 'upstream'>,
  path: IngressPath,
  services: Services,
  problems: Problem[],
): Claim | null {
  const { ingress: object, field } = place;
  const match = parsePath(path);
  if (!match.ok) {
    problems.push(problemAt({ object, field: `${field}.path` }, 'InvalidPath', match.mistake));
  }
  const backendPlace = { object, field: `${field}.backend` };
  const upstream = translateBackend(path.backend, backendPlace, services, problems);
  return match.ok ? claim({ ...place, match: match.value, upstream }) : null;
}
