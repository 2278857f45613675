// Answers that are not an object: the Status of a failure, with the reason, the code and the words
// that clients of the Kubernetes API look at. It knows nothing of HTTP.

import { type ApiKind, qualifiedResource } from './api-kinds.ts';
import type { Fields } from './api-object.ts';

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

interface StatusOptions {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: Fields;
}

/** A failed request. Thrown anywhere below the HTTP front, which answers with `status`. */
export class StatusError extends Error {
  readonly code: number;
  readonly retryAfterSeconds: number | null;
  readonly status: Fields;

  constructor(options: StatusOptions, retryAfterSeconds: number | null = null) {
    super(options.message);
    this.code = options.code;
    this.retryAfterSeconds = retryAfterSeconds;
    this.status = failureStatus(options);
  }
}

export function failureStatus({ code, reason, message, details }: StatusOptions): Fields {
  const head = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' };
  return { ...head, message, reason, ...(details && { details }), code };
}

export function successStatus(kind: ApiKind, name: string, uid: string): Fields {
  const details = { ...detailsOf(kind, name), uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

export function notFound(kind: ApiKind, name: string): StatusError {
  const message = `${qualifiedResource(kind)} "${name}" not found`;
  return new StatusError({
    ...{ code: 404, reason: 'NotFound', message },
    details: detailsOf(kind, name),
  });
}

export function noSuchPath(): StatusError {
  const message = 'the server could not find the requested resource';
  return new StatusError({ code: 404, reason: 'NotFound', message, details: {} });
}

export function alreadyExists(kind: ApiKind, name: string): StatusError {
  const message = `${qualifiedResource(kind)} "${name}" already exists`;
  return new StatusError({
    ...{ code: 409, reason: 'AlreadyExists', message },
    details: detailsOf(kind, name),
  });
}

export function conflict(kind: ApiKind, name: string, because: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualifiedResource(kind)} "${name}": ${because}`;
  return new StatusError({
    ...{ code: 409, reason: 'Conflict', message },
    details: detailsOf(kind, name),
  });
}

export const MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';

export function invalid(kind: ApiKind, name: string, causes: readonly StatusCause[]): StatusError {
  const sentences = causes.map(({ field, message }) => `${field}: ${message}`);
  const list = sentences.length === 1 ? sentences[0] : `[${sentences.join(', ')}]`;
  const qualified = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  return new StatusError({
    ...{ code: 422, reason: 'Invalid', message: `${qualified} "${name}" is invalid: ${list}` },
    details: { name, group: kind.group, kind: kind.kind, causes },
  });
}

export function badRequest(message: string): StatusError {
  return new StatusError({ code: 400, reason: 'BadRequest', message });
}

export function expired(message: string): StatusError {
  return new StatusError({ code: 410, reason: 'Expired', message });
}

export function methodNotAllowed(): StatusError {
  const message = 'the server does not allow this method on the requested resource';
  return new StatusError({ code: 405, reason: 'MethodNotAllowed', message, details: {} });
}

export function unsupportedMediaType(contentType: string): StatusError {
  const message = `the body of the request was in an unknown format - ${contentType}`;
  return new StatusError({ code: 415, reason: 'UnsupportedMediaType', message });
}

export function unauthorized(): StatusError {
  return new StatusError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
}

function detailsOf({ group, plural }: ApiKind, name: string): Fields {
  return { name, ...(group !== '' && { group }), kind: plural };
}
