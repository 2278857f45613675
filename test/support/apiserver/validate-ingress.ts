// The rules for an Ingress that a real API server enforces before anybody else sees it.

import { isIP } from 'node:net';
import { type Fields, fieldsOf, isFields, listOf } from './api-object.ts';
import type { StatusCause } from './api-status.ts';
import { badValue, cause, isSubdomain, required } from './field-causes.ts';

const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];
/** Not allowed in Exact and Prefix paths, which compare element by element. */
const MALFORMED = ['//', '/./', '/../', '%2f', '%2F'];
const MALFORMED_ENDS = ['/..', '/.'];

export function validateIngress(spec: Fields): readonly StatusCause[] {
  const rules = listOf(spec.rules);
  if (rules.length === 0 && !isFields(spec.defaultBackend)) {
    return [badValue('spec', [], 'either `defaultBackend` or `rules` must be specified')];
  }
  const backend = isFields(spec.defaultBackend)
    ? validateBackend('spec.defaultBackend', spec.defaultBackend)
    : [];
  return [...backend, ...rules.flatMap((rule, index) => validateRule(index, fieldsOf(rule)))];
}

function validateRule(index: number, { host, http }: Fields): StatusCause[] {
  const field = `spec.rules[${index}]`;
  const paths = listOf(fieldsOf(http).paths);
  const none = isFields(http) && paths.length === 0 ? [required(`${field}.http.paths`)] : [];
  return [
    ...(typeof host === 'string' && host !== '' ? validateHost(`${field}.host`, host) : []),
    ...none,
    ...paths.flatMap((path, at) => validatePath(`${field}.http.paths[${at}]`, fieldsOf(path))),
  ];
}

function validateHost(field: string, host: string): StatusCause[] {
  if (isIP(host) !== 0) return [badValue(field, host, 'must be a DNS name, not an IP address')];
  if (host.includes('*')) {
    const isGood = host.startsWith('*.') && isSubdomain(host.slice(2));
    return isGood ? [] : [badValue(field, host, 'a wildcard DNS-1123 subdomain starts with *.')];
  }
  const rule = 'a lowercase RFC 1123 subdomain must consist of lower case characters';
  return isSubdomain(host) ? [] : [badValue(field, host, rule)];
}

function validatePath(field: string, { path, pathType, backend }: Fields): StatusCause[] {
  return [
    ...validatePathType(`${field}.pathType`, pathType),
    ...validatePathText(`${field}.path`, path, pathType),
    ...validateBackend(`${field}.backend`, fieldsOf(backend)),
  ];
}

function validatePathType(field: string, pathType: unknown): StatusCause[] {
  if (pathType === undefined) return [required(field, 'pathType must be specified')];
  if (PATH_TYPES.includes(String(pathType))) return [];
  const allowed = PATH_TYPES.map((type) => `"${type}"`).join(', ');
  const message = `Unsupported value: ${JSON.stringify(pathType)}: supported values: ${allowed}`;
  return [cause('FieldValueNotSupported', field, message)];
}

function validatePathText(field: string, path: unknown, pathType: unknown): StatusCause[] {
  if (pathType === 'ImplementationSpecific') {
    const isGood = path === undefined || path === '' || String(path).startsWith('/');
    return isGood ? [] : [badValue(field, path, 'must be an absolute path')];
  }
  if (!String(path ?? '').startsWith('/'))
    return [badValue(field, path, 'must be an absolute path')];
  const text = String(path);
  return [
    ...MALFORMED.filter((part) => text.includes(part)).map((part) =>
      badValue(field, path, `must not contain '${part}'`),
    ),
    ...MALFORMED_ENDS.filter((part) => text.endsWith(part)).map((part) =>
      badValue(field, path, `cannot end with '${part}'`),
    ),
  ];
}

function validateBackend(field: string, { service, resource }: Fields): StatusCause[] {
  if (isFields(service) === isFields(resource)) {
    const because = 'one of service or resource backend is required, and not both';
    return [isFields(service) ? badValue(field, '', because) : required(field, because)];
  }
  if (!isFields(service)) return [];
  const { name, port } = service;
  const { number, name: portName } = fieldsOf(port);
  const nameless = typeof name !== 'string' || name === '';
  return [
    ...(nameless ? [required(`${field}.service.name`)] : []),
    ...(number === undefined && portName === undefined
      ? [required(`${field}.service.port.number`, 'port name or number is required')]
      : []),
    ...(number !== undefined && portName !== undefined
      ? [badValue(`${field}.service.port`, '', 'cannot set both port name & port number')]
      : []),
  ];
}
