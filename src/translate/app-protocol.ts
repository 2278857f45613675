// Decides what the application protocol of a Service port means for requests to it.

import type { BackendProtocol } from './backend-protocol.ts';

// The names of Kubernetes (v1 ServicePort) and of IANA, and what Istio made common. A name that is
// not here, such as `tcp` or that of a vendor, says nothing against HTTP/1.1 in the clear.
const PROTOCOLS: ReadonlyMap<string, BackendProtocol> = new Map([
  ['https', 'HTTPS'],
  ['wss', 'HTTPS'],
  ['kubernetes.io/wss', 'HTTPS'],
  ['tls', 'HTTPS'],
  ['ssl', 'HTTPS'],
  ['kubernetes.io/h2c', 'H2C'],
  ['h2c', 'H2C'],
  ['http2', 'H2C'],
  ['grpc', 'GRPC'],
  ['grpcs', 'GRPCS'],
]);

/** `appProtocol` is as the port has it; null where it has none. */
export function protocolOfPort(appProtocol: string | null): BackendProtocol {
  return PROTOCOLS.get(appProtocol?.toLowerCase() ?? '') ?? 'HTTP';
}
