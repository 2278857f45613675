// Turns the backend of an Ingress into the upstream of a route. A backend that cannot answer is a
// Problem, and its route stays and answers 503: a request must not fall through to another rule,
// whose service it was never meant for, because of a misspelt name.

import { quote } from '#base/quote.ts';
import type { ServicePortRef } from '#base/service-port-ref.ts';
import type { IngressBackend } from '#kubernetes/resources.ts';
import type { WeightedUpstream } from '#plan/routing-plan.ts';
import { decidesTransport } from './annotations/backend-transport.ts';
import { type Finding, findingAt, type Place } from './problems.ts';
import { upstreamName } from './upstream-name.ts';

/** A place that names a port of a Service. */
export interface Reference {
  /** The place is the backend, and the namespace that of its object. */
  readonly place: Place;
  readonly ref: ServicePortRef;
}

/** What is found while an Ingress is read, with no other object in view. */
export interface Notes {
  readonly findings: Finding[];
  /** Of which it is still to be seen whether they lead anywhere. */
  readonly references: Reference[];
}

/** `place` is where the backend stands. */
export function translateBackend(
  backend: IngressBackend,
  place: Place,
  { findings, references }: Notes,
): WeightedUpstream {
  const { namespace } = place.object;
  if (backend.type === 'resource') {
    const { resourceKind, resourceName } = backend;
    const named = `${quote(resourceKind)} ${quote(resourceName)}`;
    const message = `the backend is the resource ${named}, and only Services are supported`;
    const resourcePlace = { ...place, field: `${place.field}.resource` };
    findings.push(findingAt(resourcePlace, 'UnsupportedBackend', message));
    return { name: `${namespace}/${resourceKind}/${resourceName}`, weight: 1 };
  }
  const ref = { namespace, service: backend.service, port: backend.port };
  references.push({ place, ref });
  const decides = place.object.kind === 'Ingress' && decidesTransport(place.object);
  return { name: upstreamName(ref, decides ? place.object.name : null), weight: 1 };
}
