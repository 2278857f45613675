// Decides whether a reference to a port of a Service leads anywhere. Whether a pod answers there
// is not its matter.

import { quote } from '#base/quote.ts';
import type { ServicePortRef } from '#base/service-port-ref.ts';
import type { Service } from '#kubernetes/resources.ts';
import type { Reference } from './backend.ts';
import { type Finding, findingAt } from './problems.ts';
import { findServicePort } from './service-port.ts';
import type { Services } from './translate-input.ts';

/** What is wrong with the references of one Ingress. */
export function checkReferences(
  references: readonly Reference[],
  services: Services,
): readonly Finding[] {
  return references.flatMap(({ place, ref }) => {
    const mistake = mistakeIn(ref, services.service(ref.namespace, ref.service));
    if (mistake === null) return [];
    const field = `${place.field}.service.${mistake.field}`;
    return [findingAt({ ...place, field }, mistake.reason, mistake.message)];
  });
}

/** `service` is what the reference names; null if there is no such Service. */
export function mistakeIn(ref: ServicePortRef, service: Service | null) {
  if (service === null) {
    const message = `Service ${quote(`${ref.namespace}/${ref.service}`)} does not exist`;
    return { field: 'name', reason: 'ServiceNotFound', message };
  }
  const port = findServicePort(service, ref.port);
  if (port.ok) return null;
  const field = typeof ref.port === 'number' ? 'port.number' : 'port.name';
  return { field, reason: 'ServicePortNotFound', message: port.mistake };
}
