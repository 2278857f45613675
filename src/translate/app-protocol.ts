// Decides what the application protocol of a Service port means for requests to it. Pods are spoken
// to in HTTP/1.1 without TLS; a port that asks for another protocol is a Problem.

import { quote } from '#base/quote.ts';
import type { Service, ServicePort } from '#kubernetes/resources.ts';
import { type Finding, findingAt } from './problems.ts';

// The names of Kubernetes (v1 ServicePort) and of IANA, and what Istio made common. A name that is
// not here, such as `tcp` or that of a vendor, says nothing against HTTP/1.1.
const NEEDS_TLS = new Set(['https', 'wss', 'kubernetes.io/wss', 'grpcs', 'tls', 'ssl']);
const NEEDS_HTTP2 = new Set(['kubernetes.io/h2c', 'h2c', 'http2', 'grpc']);

/**
 * Whether requests may go to the port. One that expects TLS gets nothing: what its owner wants
 * encrypted does not cross the network in the clear.
 */
export function isSpoken(service: Service, port: ServicePort, findings: Finding[]): boolean {
  const { appProtocol } = port;
  if (appProtocol === null) return true;
  const protocol = appProtocol.toLowerCase();
  const needsTls = NEEDS_TLS.has(protocol);
  if (!needsTls && !NEEDS_HTTP2.has(protocol)) return true;
  const place = {
    object: service,
    field: `spec.ports[${service.ports.indexOf(port)}].appProtocol`,
  };
  const instead = needsTls ? 'get 503' : 'are sent as HTTP/1.1';
  const message = `${quote(appProtocol)} is not supported, and requests to the port ${instead}`;
  findings.push(findingAt(place, 'UnsupportedProtocol', message));
  return !needsTls;
}
