// Turns default backends into routes. The default backend of an Ingress is the prefix `/` on every
// host of its rules, or on any host if it has no rules; the plan needs no other notion of it.

import type { ServicePortRef } from '#base/service-port-ref.ts';
import type { Ingress } from '#kubernetes/resources.ts';
import type { PathMatch, Route } from '#plan/routing-plan.ts';
import { type Notes, translateBackend } from './backend.ts';
import { mistakeIn } from './check-reference.ts';
import { type Claim, claim } from './claim.ts';
import { ANY_HOST } from './host-name.ts';
import type { Finding } from './problems.ts';
import type { Services } from './translate-input.ts';
import { upstreamName } from './upstream-name.ts';

const ALL_PATHS: PathMatch = { type: 'Prefix', path: '/' };

/** A claim for each host; `hosts` are those of the good rules of the Ingress. */
export function translateDefaultBackend(
  ingress: Ingress,
  hosts: readonly string[],
  notes: Notes,
): ReadonlyMap<string, Claim> {
  if (ingress.defaultBackend === null) return new Map();
  const field = 'spec.defaultBackend';
  const upstream = translateBackend(ingress.defaultBackend, { object: ingress, field }, notes);
  const claimedHosts = ingress.rules.length === 0 ? [ANY_HOST] : hosts;
  return new Map(
    claimedHosts.map((host) => [host, claim({ ingress, field, host, match: ALL_PATHS, upstream })]),
  );
}

/** What the class of an Ingress asks for on a host of its rules; null if it says nothing. */
export function translateClassDefault(
  ingress: Ingress,
  host: string,
  backend: ServicePortRef | null,
): Claim | null {
  if (backend === null) return null;
  const upstream = { name: upstreamName(backend), weight: 1 };
  return claim({ ingress, field: 'spec.ingressClassName', host, match: ALL_PATHS, upstream });
}

/** The route of the operator's default backend, which answers what no virtual host answers. */
export function translateGlobalDefault(
  backend: ServicePortRef | null,
  services: Services,
  findings: Finding[],
): Route | null {
  if (backend === null) return null;
  const mistake = mistakeIn(backend, services.service(backend.namespace, backend.service));
  if (mistake !== null) {
    const message = `default backend of the command line: ${mistake.message}`;
    findings.push({ object: null, field: '', reason: mistake.reason, message });
  }
  return {
    match: ALL_PATHS,
    filters: [],
    upstreams: [{ name: upstreamName(backend), weight: 1 }],
    source: { object: null, field: 'default backend' },
  };
}
