// Decides which port of a Service a reference means, and what is wrong when it means none.

import { limits } from '#base/limits.ts';
import { quote } from '#base/quote.ts';
import type { ServicePortRef } from '#base/service-port-ref.ts';
import type { Service, ServicePort } from '#kubernetes/resources.ts';
import { mistaken, type Parsed, parsed } from './parsed.ts';

/**
 * The port of the Service with this number or name; HTTP runs over TCP, so ports of other protocols
 * do not count. A Service of type ExternalName need not list its ports: a number stands for itself.
 */
export function findServicePort(
  service: Service,
  port: ServicePortRef['port'],
): Parsed<ServicePort> {
  const ports = service.ports.filter(({ protocol }) => protocol === 'TCP');
  const found = ports.find((one) => (typeof port === 'number' ? one.port : one.name) === port);
  if (found !== undefined) return parsed(found);
  if (service.type === 'ExternalName' && typeof port === 'number') {
    return parsed({ name: null, port, protocol: 'TCP', appProtocol: null });
  }
  const ref = `Service ${service.namespace}/${service.name}`;
  const wanted = typeof port === 'number' ? `${port}` : quote(port);
  return mistaken(`${ref} has no TCP port ${wanted}; it has ${listed(ports)}`);
}

function listed(ports: readonly ServicePort[]): string {
  if (ports.length === 0) return 'none';
  const texts = ports
    .slice(0, limits.listedPortsMax)
    .map(({ name, port }) => (name === null ? `${port}` : `${port} (${quote(name)})`));
  return [...texts, ...(ports.length > texts.length ? ['...'] : [])].join(', ');
}
