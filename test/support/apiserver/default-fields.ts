// What the API server fills in by itself when an object is written, for the kinds where a client
// can notice: addresses of Services, namespaces' phase, stringData of Secrets.

import type { ApiKind } from './api-kinds.ts';
import { type Fields, fieldsOf, isFields, listOf } from './api-object.ts';

/** `counter` numbers what is allocated; each call with another one gives another address. */
export function withDefaults(kind: ApiKind, object: Fields, counter: number): Fields {
  if (kind.kind === 'Service')
    return { ...object, spec: serviceSpec(fieldsOf(object.spec), counter) };
  if (kind.kind === 'Secret') return secret(object);
  if (kind.kind === 'Namespace') return { ...object, ...namespaceFields(object) };
  if (kind.kind === 'EndpointSlice') return { ...object, ports: slicePorts(object.ports) };
  if (kind.kind === 'IngressClass') return { ...object, spec: ingressClassSpec(object.spec) };
  return object;
}

/** The status of an object that has just been made over HTTP, whatever its maker said. */
export function initialStatus(kind: ApiKind): Fields {
  if (kind.kind === 'Namespace') return { phase: 'Active' };
  if (kind.kind === 'Pod') return { phase: 'Pending', qosClass: 'BestEffort' };
  if (kind.kind === 'Ingress' || kind.kind === 'Service') return { loadBalancer: {} };
  return {};
}

function serviceSpec(spec: Fields, counter: number): Fields {
  const type = spec.type ?? 'ClusterIP';
  const common = { ...spec, type, sessionAffinity: spec.sessionAffinity ?? 'None' };
  if (type === 'ExternalName') return common;
  const address = spec.clusterIP ?? `10.96.${(counter >> 8) & 255}.${counter & 255}`;
  return {
    ...common,
    ports: listOf(spec.ports).map(servicePort),
    clusterIP: address,
    clusterIPs: spec.clusterIPs ?? [address],
    ipFamilies: spec.ipFamilies ?? ['IPv4'],
    ipFamilyPolicy: spec.ipFamilyPolicy ?? 'SingleStack',
    internalTrafficPolicy: spec.internalTrafficPolicy ?? 'Cluster',
  };
}

function servicePort(port: unknown): unknown {
  if (!isFields(port)) return port;
  return { ...port, protocol: port.protocol ?? 'TCP', targetPort: port.targetPort ?? port.port };
}

function slicePorts(ports: unknown): unknown {
  const withOne = (port: unknown) =>
    isFields(port) ? { ...port, name: port.name ?? '', protocol: port.protocol ?? 'TCP' } : port;
  return Array.isArray(ports) ? ports.map(withOne) : ports;
}

function secret({ stringData, ...object }: Fields): Fields {
  const texts = Object.entries(fieldsOf(stringData)).map(
    ([name, text]) => [name, Buffer.from(String(text)).toString('base64')] as const,
  );
  const data = { ...fieldsOf(object.data), ...Object.fromEntries(texts) };
  return {
    ...object,
    ...(Object.keys(data).length > 0 && { data }),
    type: object.type ?? 'Opaque',
  };
}

function namespaceFields(object: Fields): Fields {
  const metadata = fieldsOf(object.metadata);
  const labels = { ...fieldsOf(metadata.labels), 'kubernetes.io/metadata.name': metadata.name };
  const spec = { finalizers: ['kubernetes'], ...fieldsOf(object.spec) };
  return { metadata: { ...metadata, labels }, spec };
}

function ingressClassSpec(spec: unknown): unknown {
  const { parameters, ...others } = fieldsOf(spec);
  if (!isFields(parameters)) return spec;
  return { ...others, parameters: { ...parameters, scope: parameters.scope ?? 'Cluster' } };
}
