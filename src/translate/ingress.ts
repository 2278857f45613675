// Turns one Ingress into what it claims, host by host. A bad host drops its rule and a bad path
// drops itself, each with a Problem. It looks at no other object: neither at the Services it names
// nor at the Ingresses that may claim the same.

import type { ServicePortRef } from '#base/service-port-ref.ts';
import type { Ingress, IngressPath, IngressRule } from '#kubernetes/resources.ts';
import { checkAnnotationNames } from './annotations/check-names.ts';
import { readClientCertificate } from './annotations/client-certificate.ts';
import { asksPassthrough } from './annotations/tls-passthrough.ts';
import { type Notes, type Reference, translateBackend } from './backend.ts';
import { type Claim, type ClaimParts, claim, type HostClaims } from './claim.ts';
import { translateClassDefault, translateDefaultBackend } from './default-backend.ts';
import { ANY_HOST, parseHost } from './host-name.ts';
import { passThroughClaims } from './passthrough.ts';
import { parsePath } from './path-match.ts';
import { type Finding, findingAt } from './problems.ts';
import { DEFAULT_POLICY, type TransportPolicy } from './transport-policy.ts';

export interface IngressClaims {
  readonly ingress: Ingress;
  /** Its connections over TLS are passed through. */
  readonly passesThrough: boolean;
  /** Each host once. */
  readonly hosts: readonly HostClaims[];
  readonly references: readonly Reference[];
  readonly findings: readonly Finding[];
}

/** What the class of an Ingress says for all its hosts. */
export interface ClassRules {
  readonly defaultBackend: ServicePortRef | null;
  readonly policy: TransportPolicy;
}

const NO_CLAIMS: ReadonlyMap<string, Claim> = new Map();

export function translateIngress(
  ingress: Ingress,
  { defaultBackend: classBackend, policy }: ClassRules,
): IngressClaims {
  const notes: Notes = { findings: [...checkAnnotationNames(ingress)], references: [] };
  const passesThrough = asksPassthrough(ingress, notes.findings);
  const clientCertificate = readClientCertificate(ingress, notes.findings);
  const claimed = translateRules(ingress, notes);
  const backends = translateDefaultBackend(ingress, [...claimed.keys()], notes);
  const rules = passesThrough ? passThroughClaims(claimed, backends, notes.findings) : claimed;
  const fallbacks = passesThrough ? NO_CLAIMS : backends;
  const { namespace, name, createdAtMs } = ingress;
  const seniority = { id: `${namespace}/${name}`, createdAtMs };
  const hosts = new Set([...rules.keys(), ...fallbacks.keys()]);
  return {
    ingress,
    passesThrough,
    hosts: Array.from(hosts, (host) => ({
      ...seniority,
      ingress,
      host,
      // Nothing of what is passed through crosses the network in clear, whatever the class says.
      policy: passesThrough ? DEFAULT_POLICY : policy,
      clientCertificate,
      passesThrough,
      rules: rules.get(host) ?? [],
      fallback: fallbacks.get(host) ?? null,
      classFallback:
        rules.has(host) && !passesThrough
          ? translateClassDefault(ingress, host, classBackend)
          : null,
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
