// networking.k8s.io/v1 Ingress and IngressClass, from unknown values. What hosts, paths and
// backends mean is not decided here.

import { dnsLabel, dnsSubdomain, portName } from './names.ts';
import { parseAnnotations } from './parse-annotations.ts';
import type { Reader } from './reader.ts';
import type {
  ClassParameters,
  Ingress,
  IngressBackend,
  IngressClass,
  IngressPath,
  IngressRule,
  IngressStatus,
  IngressTls,
  Metadata,
} from './resources.ts';

/** What the parsers go on with after a fault; it leaves with the object that had it. */
const STAND_IN = { type: 'service', service: '', port: 1 } as const;

export function parseIngress(object: Reader, metadata: Metadata): Ingress {
  const spec = object.at('spec');
  if (!spec.at('defaultBackend').isPresent && !spec.at('rules').isPresent) {
    spec.at('rules').expected('a list of rules, or a defaultBackend beside it');
  }
  return {
    ...metadata,
    kind: 'Ingress',
    ingressClassName: spec.at('ingressClassName').isPresent
      ? spec.at('ingressClassName').name(dnsSubdomain)
      : null,
    classAnnotation: annotation(object, 'kubernetes.io/ingress.class').optionalString(),
    annotations: parseAnnotations(object),
    defaultBackend: spec.at('defaultBackend').isPresent
      ? parseBackend(spec.at('defaultBackend'))
      : null,
    rules: spec.at('rules').list(parseRule),
    tls: spec.at('tls').list(parseTls),
    status: parseIngressStatus(object),
  };
}

export function parseIngressClass(object: Reader, metadata: Metadata): IngressClass {
  const isDefault = annotation(object, 'ingressclass.kubernetes.io/is-default-class');
  const parameters = object.at('spec').at('parameters');
  return {
    ...metadata,
    kind: 'IngressClass',
    controller: object.at('spec').at('controller').string(),
    isDefault: isDefault.optionalString() === 'true',
    parameters: parameters.isPresent ? parseParameters(parameters) : null,
  };
}

function parseParameters(parameters: Reader): ClassParameters {
  return {
    apiGroup: parameters.at('apiGroup').optionalString() ?? '',
    kind: parameters.at('kind').string(),
    name: parameters.at('name').string(),
    namespace: parameters.at('namespace').optionalString(),
  };
}

function annotation(object: Reader, name: string): Reader {
  return object.at('metadata').at('annotations').at(name);
}

function parseRule(rule: Reader): IngressRule {
  const host = rule.at('host').optionalString();
  const paths = rule.at('http').at('paths').list(parsePath);
  if (rule.at('http').isPresent && paths.length === 0) {
    rule.at('http').at('paths').expected('a list of at least one path');
  }
  // The API does not tell an empty host from an absent one.
  return { host: host === '' ? null : host, paths };
}

function parsePath(path: Reader): IngressPath {
  return {
    path: path.at('path').optionalString() ?? '',
    pathType: path.at('pathType').choice(['Exact', 'Prefix', 'ImplementationSpecific']),
    backend: parseBackend(path.at('backend')),
  };
}

function parseBackend(backend: Reader): IngressBackend {
  const type = backend.either('service', 'resource');
  if (type === null) return STAND_IN;
  if (type === 'resource') {
    return {
      type: 'resource',
      resourceKind: backend.at('resource').at('kind').string(),
      resourceName: backend.at('resource').at('name').string(),
    };
  }
  const service = backend.at('service');
  return {
    type: 'service',
    service: service.at('name').name(dnsLabel),
    port: parseBackendPort(service.at('port')),
  };
}

function parseBackendPort(port: Reader): number | string {
  const field = port.either('number', 'name');
  if (field === null) return STAND_IN.port;
  return field === 'name' ? port.at('name').name(portName) : port.at('number').port();
}

function parseTls(tls: Reader): IngressTls {
  return {
    hosts: tls.at('hosts').list((host) => host.string()),
    secretName: tls.at('secretName').optionalString(),
  };
}

/** Null where the object comes from no cluster. */
export function parseIngressStatus(object: Reader): IngressStatus | null {
  const version = object.at('metadata').at('resourceVersion').optionalString();
  if (version === null) return null;
  const addresses = object.at('status').at('loadBalancer').at('ingress').list(parseAddress);
  return { version, addresses, managers: statusManagers(object.at('metadata')) };
}

function parseAddress(entry: Reader): string {
  return entry.at('ip').optionalString() ?? entry.at('hostname').optionalString() ?? '';
}

function statusManagers(metadata: Reader): string[] {
  const entries = metadata.at('managedFields').list((entry) => ({
    manager: entry.at('manager').optionalString() ?? '',
    isOfStatus: entry.at('subresource').optionalString() === 'status',
  }));
  return entries.filter(({ isOfStatus }) => isOfStatus).map(({ manager }) => manager);
}
