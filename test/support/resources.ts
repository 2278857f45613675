// Kubernetes objects for tests, with only what a test is about written out.

import type {
  EndpointSlice,
  Ingress,
  IngressBackend,
  IngressClass,
  IngressPath,
  Service,
} from '#kubernetes/resources.ts';

const METADATA = { namespace: 'shop', name: 'web', createdAtMs: null, locate: null };

export function ingress(fields: Partial<Ingress>): Ingress {
  return {
    ...METADATA,
    kind: 'Ingress',
    ingressClassName: null,
    classAnnotation: null,
    defaultBackend: null,
    rules: [],
    tls: [],
    ...fields,
  };
}

export function prefix(path: string, service = 'web'): IngressPath {
  return { path, pathType: 'Prefix', backend: backend(service) };
}

export function backend(service: string, port: number | string = 80): IngressBackend {
  return { type: 'service', service, port };
}

export function ingressClass(fields: Partial<IngressClass>): IngressClass {
  return {
    ...METADATA,
    namespace: '',
    kind: 'IngressClass',
    controller: 'headgate.dev/ingress-controller',
    isDefault: false,
    ...fields,
  };
}

export function service(fields: Partial<Service>): Service {
  return {
    ...METADATA,
    kind: 'Service',
    type: 'ClusterIP',
    externalName: null,
    ports: [{ name: null, port: 80, protocol: 'TCP' }],
    ...fields,
  };
}

export function endpointSlice(fields: Partial<EndpointSlice>): EndpointSlice {
  return {
    ...METADATA,
    kind: 'EndpointSlice',
    serviceName: 'web',
    addressType: 'IPv4',
    ports: [{ name: null, port: 8080, protocol: 'TCP' }],
    endpoints: [],
    ...fields,
  };
}

/** One endpoint; conditions by their names, all others false. */
export function endpoint(address: string, ...conditions: ('ready' | 'serving' | 'terminating')[]) {
  return {
    addresses: [address],
    ready: conditions.includes('ready'),
    serving: conditions.includes('serving'),
    terminating: conditions.includes('terminating'),
  };
}
