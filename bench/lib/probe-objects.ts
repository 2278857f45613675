// The objects that a bench asks for itself in the midst of a made-up cluster: Ingresses of a host
// each, Services, and pods on loopback.

import type { ApiInput } from '../../test/support/apiserver/api-object.ts';

const NAMESPACE = 'bench';

export interface ProbedHost {
  readonly host: string;
  readonly object: ApiInput;
}

/** Leads the host `probe-<name>.bench.test` to a Service. */
export function probeIngress(name: string, service: string): ProbedHost {
  const host = `probe-${name}.bench.test`;
  const backend = { service: { name: service, port: { number: 80 } } };
  const rules = [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }];
  const object = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { namespace: NAMESPACE, name: `probe-${name}` },
    spec: { ingressClassName: 'headgate', rules },
  };
  return { host, object };
}

export function probeNamespace(): ApiInput {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
}

export function probeService(name: string): ApiInput {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: NAMESPACE, name },
    spec: { ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  };
}

export interface ProbePod {
  readonly address: string;
  /** As conditions of an endpoint have it; a pod that is ready serves too. */
  readonly state: 'ready' | 'terminating';
}

export interface ProbeSlice {
  readonly name: string;
  readonly service: string;
  /** Of all its pods. */
  readonly port: number;
  readonly pods: readonly ProbePod[];
}

export function probeSlice({ name, service, port, pods }: ProbeSlice): ApiInput {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace: NAMESPACE,
      name,
      labels: { 'kubernetes.io/service-name': service },
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', port, protocol: 'TCP' }],
    endpoints: pods.map(({ address, state }) => ({
      addresses: [address],
      // As the EndpointSlice controller writes a pod that has been told to end, but has not yet.
      conditions: {
        ready: state === 'ready',
        serving: true,
        terminating: state === 'terminating',
      },
    })),
  };
}
