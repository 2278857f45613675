// Turns one Ingress into what it claims, host by host. A bad host drops its rule and a bad path
// drops itself, each with a Problem. It looks at no other object: neither at the Services it names
// nor at the Ingresses that may claim the same.

import type { ServicePortRef } from '#base/service-port-ref.ts';
import type { Ingress, IngressPath, IngressRule } from '#kubernetes/resources.ts';
import { type Notes, type Reference, translateBackend } from './backend.ts';
import { type Claim, type ClaimParts, claim, type HostClaims } from './claim.ts';
import { translateClassDefault, translateDefaultBackend } from './default-backend.ts';
import { ANY_HOST, parseHost } from './host-name.ts';
import { parsePath } from './path-match.ts';
import { type Finding, findingAt } from './problems.ts';

export interface IngressClaims {
  readonly ingress: Ingress;
  /** Each host once. */
  readonly hosts: readonly HostClaims[];
  readonly references: readonly Reference[];
  readonly findings: readonly Finding[];
}

/** `classBackend` is the default backend of its class. */
export function translateIngress(
  ingress: Ingress,
  classBackend: ServicePortRef | null,
): IngressClaims {
  const notes: Notes = { findings: [], references: [] };
  const rules = translateRules(ingress, notes);
  const fallbacks = translateDefaultBackend(ingress, [...rules.keys()], notes);
  const { namespace, name, createdAtMs } = ingress;
  const seniority = { id: `${namespace}/${name}`, createdAtMs };
  const hosts = new Set([...rules.keys(), ...fallbacks.keys()]);
  return {
    ingress,
    hosts: Array.from(hosts, (host) => ({
      ...seniority,
      host,
      rules: rules.get(host) ?? [],
      fallback: fallbacks.get(host) ?? null,
      classFallback: rules.has(host) ? translateClassDefault(ingress, host, classBackend) : null,
    })),
    ...notes,
  };
}

/** The claims by host, in the order of the rules. A host is there even if none of its paths is. */
function translateRules(ingress: Ingress, notes: Notes): ReadonlyMap<string, readonly Claim[]> {
  const claims = new Map<string, Claim[]>();
  for (const [index, rule] of ingress.rules.entries()) {
    const field = `spec.rules[${index}]`;
    const host = hostOf(ingress, rule, field, notes);
    if (host === null) continue;
    const ofHost = claims.get(host) ?? [];
    claims.set(host, ofHost);
    for (const [pathIndex, path] of rule.paths.entries()) {
      const place = { ingress, field: `${field}.http.paths[${pathIndex}]`, host };
      const claimed = claimPath(place, path, notes);
      if (claimed !== null) ofHost.push(claimed);
    }
  }
  return claims;
}

function hostOf(ingress: Ingress, rule: IngressRule, field: string, { findings }: Notes) {
  if (rule.host === null) return ANY_HOST;
  const host = parseHost(rule.host);
  if (host.ok) return host.value;
  const place = { object: ingress, field: `${field}.host` };
  findings.push(findingAt(place, 'InvalidHost', host.mistake));
  return null;
}

function claimPath(
  place: Omit<ClaimParts, 'match' | 'upstream'>,
  path: IngressPath,
  notes: Notes,
): Claim | null {
  const { ingress: object, field } = place;
  const match = parsePath(path);
  if (!match.ok) {
    const pathPlace = { object, field: `${field}.path` };
    notes.findings.push(findingAt(pathPlace, 'InvalidPath', match.mistake));
  }
  const upstream = translateBackend(path.backend, { object, field: `${field}.backend` }, notes);
  return match.ok ? claim({ ...place, match: match.value, upstream }) : null;
}
