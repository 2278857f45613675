// Kubernetes objects for tests, with only what a test is about written out.

import type {
  ConfigMap,
  EndpointSlice,
  Ingress,
  IngressBackend,
  IngressClass,
  IngressPath,
  Node,
  Service,
  ServicePort,
  SliceEndpoint,
} from '#kubernetes/resources.ts';

const METADATA = { namespace: 'shop', name: 'web', uid: null, createdAtMs: null, locate: null };

export function ingress(fields: Partial<Ingress>): Ingress {
  return {
    ...METADATA,
    kind: 'Ingress',
    ingressClassName: null,
    classAnnotation: null,
    annotations: new Map(),
    defaultBackend: null,
    rules: [],
    tls: [],
    status: null,
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
    parameters: null,
    ...fields,
  };
}

export function service(fields: Partial<Service>): Service {
  return {
    ...METADATA,
    kind: 'Service',
    annotations: new Map(),
    type: 'ClusterIP',
    externalName: null,
    ipFamily: 'IPv4',
    ports: [servicePort(null, 80)],
    ...fields,
  };
}

export function servicePort(name: string | null, port: number, protocol = 'TCP'): ServicePort {
  return { name, port, protocol, appProtocol: null };
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
export function endpoint(
  address: string,
  ...conditions: ('ready' | 'serving' | 'terminating')[]
): SliceEndpoint {
  return {
    addresses: [address],
    ready: conditions.includes('ready'),
    serving: conditions.includes('serving'),
    terminating: conditions.includes('terminating'),
    target: null,
    forZones: [],
    forNodes: [],
  };
}

export function configMap(fields: Partial<ConfigMap>): ConfigMap {
  return { ...METADATA, kind: 'ConfigMap', values: new Map(), ...fields };
}

export function node(fields: Partial<Node>): Node {
  return { ...METADATA, namespace: '', kind: 'Node', zone: null, ...fields };
}
