// Refuses what a real API server refuses, for the mistakes that Headgate's users make. Everything
// else passes. Source of the rules: Kubernetes API reference, and its validation messages.

import type { ApiKind } from './api-kinds.ts';
import { type Fields, fieldAt, fieldsOf, listOf } from './api-object.ts';
import type { StatusCause } from './api-status.ts';
import { badValue, isSubdomain, required } from './field-causes.ts';
import { validateIngress } from './validate-ingress.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SERVICE_NAME = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
/** Names of access rules are path segments and may hold colons and capitals. */
const PATH_SEGMENT = /^[^/%]+$/;
const LABEL_KEY = /^([a-z0-9.-]+\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

/** All mistakes of an object as it is to be stored. */
export function validateObject(kind: ApiKind, object: Fields): readonly StatusCause[] {
  const metadata = fieldsOf(object.metadata);
  return [...validateName(kind, metadata.name), ...validateLabels(metadata), ...own(kind, object)];
}

/** Fields that may not change once an object exists. */
export function validateChange(kind: ApiKind, before: Fields, after: Fields): StatusCause[] {
  const path = IMMUTABLE[kind.kind];
  if (path === undefined || fieldAt(before, path) === fieldAt(after, path)) return [];
  return [badValue(path, fieldAt(after, path), 'field is immutable')];
}

const IMMUTABLE: Readonly<Record<string, string>> = {
  IngressClass: 'spec.controller',
  Secret: 'type',
  EndpointSlice: 'addressType',
};

function validateName(kind: ApiKind, name: unknown): StatusCause[] {
  if (typeof name !== 'string' || name === '') {
    return [required('metadata.name', 'name or generateName is required')];
  }
  if (kind.group === 'rbac.authorization.k8s.io') {
    return PATH_SEGMENT.test(name) ? [] : [badValue('metadata.name', name, 'no path segment')];
  }
  if (kind.kind === 'Namespace' || kind.kind === 'Service') {
    const pattern = kind.kind === 'Service' ? SERVICE_NAME : LABEL;
    const rule = kind.kind === 'Service' ? 'a DNS-1035 label' : 'a lowercase RFC 1123 label';
    const isGood = name.length <= 63 && pattern.test(name);
    return isGood
      ? []
      : [badValue('metadata.name', name, `${rule} must consist of lower case ...`)];
  }
  if (isSubdomain(name)) return [];
  return [badValue('metadata.name', name, SUBDOMAIN_RULE)];
}

const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', " +
  'and must start and end with an alphanumeric character';

function validateLabels({ labels }: Fields): StatusCause[] {
  return Object.entries(fieldsOf(labels)).flatMap(([name, value]) => {
    if (!LABEL_KEY.test(name)) return [badValue('metadata.labels', name, 'name part is malformed')];
    const isGood = typeof value === 'string' && value.length <= 63 && LABEL_VALUE.test(value);
    return isGood
      ? []
      : [badValue('metadata.labels', value, 'a valid label must be short and plain')];
  });
}

function own(kind: ApiKind, object: Fields): readonly StatusCause[] {
  if (kind.kind === 'Ingress') return validateIngress(fieldsOf(object.spec));
  if (kind.kind === 'Service') return validateService(fieldsOf(object.spec));
  if (kind.kind === 'Secret') return validateSecret(object);
  if (kind.kind === 'IngressClass' && fieldAt(object, 'spec.controller') === undefined) {
    return [required('spec.controller')];
  }
  if (kind.kind === 'EndpointSlice' && object.addressType === undefined) {
    return [required('addressType')];
  }
  if (kind.kind === 'Event') return validateEvent(object);
  if (kind.kind === 'Lease') return validateLease(fieldsOf(object.spec));
  return [];
}

function validateService(spec: Fields): StatusCause[] {
  if (spec.type === 'ExternalName') {
    const isNamed = typeof spec.externalName === 'string' && spec.externalName !== '';
    return isNamed ? [] : [required('spec.externalName')];
  }
  const ports = listOf(spec.ports);
  if (ports.length === 0 && spec.clusterIP !== 'None') return [required('spec.ports')];
  return ports.flatMap((port, index) => {
    const { port: number, name } = fieldsOf(port);
    const isGood = Number.isInteger(number) && Number(number) >= 1 && Number(number) <= 65_535;
    const range = badValue(`spec.ports[${index}].port`, number, 'must be between 1 and 65535');
    const isNameless = ports.length > 1 && (name === undefined || name === '');
    const nameless = required(`spec.ports[${index}].name`);
    return [...(isGood ? [] : [range]), ...(isNameless ? [nameless] : [])];
  });
}

function validateSecret({ type, data }: Fields): StatusCause[] {
  if (type !== 'kubernetes.io/tls') return [];
  const names = ['tls.crt', 'tls.key'].filter((name) => fieldsOf(data)[name] === undefined);
  return names.map((name) => required(`data[${name}]`));
}

/** The namespace of an Event is that of what it is about; cluster-wide objects use default. */
function validateEvent(event: Fields): StatusCause[] {
  const { namespace } = fieldsOf(event.metadata);
  const about = fieldAt(event, 'involvedObject.namespace') ?? 'default';
  if (about === namespace || about === '') return [];
  return [badValue('involvedObject.namespace', about, 'does not match event.namespace')];
}

function validateLease({ leaseDurationSeconds, leaseTransitions }: Fields): StatusCause[] {
  const causes: StatusCause[] = [];
  if (isPresent(leaseDurationSeconds) && !(Number(leaseDurationSeconds) > 0)) {
    causes.push(
      badValue('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0'),
    );
  }
  if (isPresent(leaseTransitions) && !(Number(leaseTransitions) >= 0)) {
    causes.push(
      badValue('spec.leaseTransitions', leaseTransitions, 'must be greater than or equal to 0'),
    );
  }
  return causes;
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
