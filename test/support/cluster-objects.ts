// Objects of a small, crowded cluster, drawn at random: few names and hosts, so that they meet. All
// are valid; what they say together often is not.

import type { ApiInput } from './apiserver/api-object.ts';
import type { Random } from './seeded-random.ts';

const NAMES = ['web', 'api', 'old', 'new'];
const NAMESPACES = ['shop', 'bbs'];
const HOSTS = ['a.example', 'b.example', '*.example', 'a.b.example', undefined];
const PATHS = ['/', '/a', '/a/b', '/b/'];
const PATH_TYPES = ['Prefix', 'Exact', 'ImplementationSpecific'];
const CLASSES = ['headgate', 'other', undefined];
const CONTROLLERS = ['headgate.dev/ingress-controller', 'example.com/other'];
const LISTED_MAX = 4;

export function randomObject(random: Random): ApiInput {
  const make = random.pick([ingress, ingress, ingress, service, slice, slice, ingressClass]);
  return make(random);
}

function ingress(random: Random): ApiInput {
  const ingressClassName = random.pick(CLASSES);
  const rules = listOf(random, () => ({
    host: random.pick(HOSTS),
    http: { paths: paths(random) },
  }));
  const isDefaulted = rules.length === 0 || random.below(3) === 0;
  return {
    ...named('networking.k8s.io/v1', 'Ingress', random),
    spec: {
      ...(ingressClassName !== undefined && { ingressClassName }),
      ...(isDefaulted && { defaultBackend: backend(random) }),
      ...(rules.length > 0 && { rules: rules.map(withoutUndefined) }),
    },
  };
}

function paths(random: Random): readonly object[] {
  const all = listOf(random, () => ({
    path: random.pick(PATHS),
    pathType: random.pick(PATH_TYPES),
    backend: backend(random),
  }));
  return all.length > 0 ? all : [{ path: '/', pathType: 'Prefix', backend: backend(random) }];
}

function backend(random: Random): object {
  return { service: { name: random.pick(NAMES), port: { number: random.pick([80, 81]) } } };
}

function service(random: Random): ApiInput {
  const ports = [{ name: 'http', port: 80, protocol: 'TCP' }];
  if (random.below(2) === 0) ports.push({ name: 'more', port: 81, protocol: 'TCP' });
  return { ...named('v1', 'Service', random), spec: { ports } };
}

function slice(random: Random): ApiInput {
  const base = named('discovery.k8s.io/v1', 'EndpointSlice', random);
  const labels = { 'kubernetes.io/service-name': random.pick(NAMES) };
  const endpoints = listOf(random, () => ({
    addresses: [`10.0.0.${1 + random.below(9)}`],
    conditions: { ready: random.below(4) > 0 },
  }));
  const ports = [{ name: random.pick(['http', 'more']), port: 8080, protocol: 'TCP' }];
  return { ...base, metadata: { ...base.metadata, labels }, addressType: 'IPv4', ports, endpoints };
}

function ingressClass(random: Random): ApiInput {
  const isDefault = random.below(3) === 0;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: {
      name: random.pick(['headgate', 'other']),
      ...(isDefault && {
        annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' },
      }),
    },
    spec: { controller: random.pick(CONTROLLERS) },
  };
}

function named(apiVersion: string, kind: string, random: Random): ApiInput {
  const metadata = { name: random.pick(NAMES), namespace: random.pick(NAMESPACES) };
  return { apiVersion, kind, metadata };
}

function listOf<T>(random: Random, make: () => T): readonly T[] {
  return Array.from({ length: random.below(LISTED_MAX) }, make);
}

function withoutUndefined(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
