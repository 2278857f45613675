// The words of a validation failure: which field, which reason, which sentence. As the API server
// of Kubernetes says them, so that a client's output in tests reads like the real one.

import type { StatusCause } from './api-status.ts';

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const SUBDOMAIN_CHARS_MAX = 253;

export function cause(reason: string, field: string, message: string): StatusCause {
  return { reason, message, field };
}

export function required(field: string, because = ''): StatusCause {
  const message = because === '' ? 'Required value' : `Required value: ${because}`;
  return cause('FieldValueRequired', field, message);
}

export function badValue(field: string, value: unknown, because: string): StatusCause {
  return cause('FieldValueInvalid', field, `Invalid value: ${JSON.stringify(value)}: ${because}`);
}

export function isSubdomain(text: string): boolean {
  return text.length <= SUBDOMAIN_CHARS_MAX && SUBDOMAIN.test(text);
}
