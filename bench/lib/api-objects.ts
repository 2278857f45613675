// Objects as the API has them, made of those that the control plane works on, so that the benches
// with and without an API server have the same cluster.

import type { EndpointSlice, Ingress, Resource, Service } from '#kubernetes/resources.ts';
import type { ApiInput } from '../../test/support/apiserver/api-object.ts';

/** What `--publish-address` of the benches says: these Ingresses show it already. */
export const ADDRESS = '192.0.2.1';

/** An Ingress, Service or EndpointSlice. */
export function apiObject(resource: Resource): ApiInput {
  switch (resource.kind) {
    case 'Ingress':
      return apiIngress(resource);
    case 'Service':
      return apiService(resource);
    case 'EndpointSlice':
      return apiSlice(resource);
    default:
      throw new Error(`no bench has a ${resource.kind}`);
  }
}

/** The IngressClass of Headgate, which is the default. */
export function ownClass(): ApiInput {
  const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'headgate', annotations },
    spec: { controller: 'headgate.dev/ingress-controller' },
  };
}

function apiIngress({ namespace, name, rules, tls }: Ingress): ApiInput {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { namespace, name },
    spec: {
      ingressClassName: 'headgate',
      ...(tls.length > 0 && { tls }),
      rules: rules.map(({ host, paths }) => ({
        ...(host !== null && { host }),
        http: {
          paths: paths.map(({ path, pathType, backend }) => ({
            path,
            pathType,
            backend: backend.type === 'service' ? backendOf(backend.service, backend.port) : {},
          })),
        },
      })),
    },
    status: { loadBalancer: { ingress: [{ ip: ADDRESS }] } },
  };
}

function backendOf(name: string, port: number | string) {
  return { service: { name, port: typeof port === 'number' ? { number: port } : { name: port } } };
}

function apiService({ namespace, name, ports }: Service): ApiInput {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name, labels: { app: name } },
    spec: {
      selector: { app: name },
      ports: ports.map(({ port, protocol }) => ({ port, protocol, targetPort: port })),
    },
  };
}

function apiSlice({ namespace, name, serviceName, endpoints, ports, addressType }: EndpointSlice) {
  const labels = { 'kubernetes.io/service-name': serviceName ?? '' };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace, name, labels },
    addressType,
    ports: ports.map(({ name: portName, port, protocol }) => ({
      name: portName ?? '',
      port,
      protocol,
    })),
    endpoints: endpoints.map(({ addresses, ready, serving, terminating }) => ({
      addresses,
      conditions: { ready, serving, terminating },
    })),
  };
}
