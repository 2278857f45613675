// Turns default backends into routes. The default backend of an Ingress is the prefix `/` on every
// host of its rules, or on any host if it has no rules; the plan needs no other notion of it.

import type { Problem } from '#base/problem.ts';
import type { Ingress } from '#kubernetes/resources.ts';
import type { PathMatch, Route } from '#plan/routing-plan.ts';
import { mistakeIn, translateBackend } from './backend.ts';
import { type Claim, claim } from './claim.ts';
import { ANY_HOST } from './host-name.ts';
import type { ServicePortRef, Services } from './translate-input.ts';
import { upstreamName } from './upstream-name.ts';

const ALL_PATHS: PathMatch = { type: 'Prefix', path: '/' };

/** `hosts` are those of the good rules of the Ingress. */
export function translateDefaultBackend(
  ingress: Ingress,
  hosts: readonly string[],
  services: Services,
  problems: Problem[],
): readonly Claim[] {
  if (ingress.defaultBackend === null) return [];
  const field = 'spec.defaultBackend';
  const place = { object: ingress, field };
  const upstream = translateBackend(ingress.defaultBackend, place, services, problems);
  const claimedHosts = ingress.rules.length === 0 ? [ANY_HOST] : hosts;
  return claimedHosts.map((host) => claim({ ingress, field, host, match: ALL_PATHS, upstream }));
}

/** The route of the operator's default backend, which answers what no virtual host answers. */
export function translateGlobalDefault(
  backend: ServicePortRef | null,
  services: Services,
  problems: Problem[],
): Route | null {
  if (backend === null) return null;
  const mistake = mistakeIn(backend, services);
  if (mistake !== null) {
    const { reason } = mistake;
    const message = `default backend of the command line: ${mistake.message}`;
    problems.push({ object: null, field: '', reason, message, position: null });
  }
  return {
    match: ALL_PATHS,
    filters: [],
    upstreams: [{ name: upstreamName(backend), weight: 1 }],
    source: { object: null, field: 'default backend' },
  };
}
