// Turns the backend of an Ingress into the upstream of a route. A backend that cannot answer is a
// Problem, and its route stays and answers 503: a request must not fall through to another rule,
// whose service it was never meant for, because of a misspelt name.

import type { Problem } from '#base/problem.ts';
import { quote } from '#base/quote.ts';
import type { IngressBackend } from '#kubernetes/resources.ts';
import type { WeightedUpstream } from '#plan/routing-plan.ts';
import { type Place, problemAt } from './problems.ts';
import { findServicePort } from './service-port.ts';
import type { ServicePortRef, Services } from './translate-input.ts';
import { upstreamName } from './upstream-name.ts';

/** `place` is where the backend stands; Problems are added to `problems`. */
export function translateBackend(
  backend: IngressBackend,
  place: Place,
  services: Services,
  problems: Problem[],
): WeightedUpstream {
  const { namespace } = place.object;
  if (backend.type === 'resource') {
    const { resourceKind, resourceName } = backend;
    const named = `${quote(resourceKind)} ${quote(resourceName)}`;
    problems.push(
      problemAt(
        { ...place, field: `${place.field}.resource` },
        'UnsupportedBackend',
        `the backend is the resource ${named}, and only Services are supported`,
      ),
    );
    return { name: `${namespace}/${resourceKind}/${resourceName}`, weight: 1 };
  }
  const ref = { namespace, service: backend.service, port: backend.port };
  const mistake = mistakeIn(ref, services);
  if (mistake !== null) {
    const field = `${place.field}.service.${mistake.field}`;
    problems.push(problemAt({ ...place, field }, mistake.reason, mistake.message));
  }
  return { name: upstreamName(ref), weight: 1 };
}

/** What is wrong with a reference to a port of a Service; null when nothing is. */
export function mistakeIn(ref: ServicePortRef, services: Services) {
  const service = services.service(ref.namespace, ref.service);
  if (service === null) {
    const message = `Service ${quote(`${ref.namespace}/${ref.service}`)} does not exist`;
    return { field: 'name', reason: 'ServiceNotFound', message };
  }
  const port = findServicePort(service, ref.port);
  if (port.ok) return null;
  const field = typeof ref.port === 'number' ? 'port.number' : 'port.name';
  return { field, reason: 'ServicePortNotFound', message: port.mistake };
}
