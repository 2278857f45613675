// What a request asks for: URL and method to verb, kind, namespace, name and subresource, as the
// Kubernetes API lays its paths out. It does not look at bodies.

import { type ApiKind, findResource } from './api-kinds.ts';
import { badRequest } from './api-status.ts';

export type Verb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection';

export interface ResourceRequest {
  readonly verb: Verb;
  readonly kind: ApiKind;
  /** Empty: across all namespaces, or the kind has none. */
  readonly namespace: string;
  /** Empty: all of them. */
  readonly name: string;
  /** Empty for the object itself. */
  readonly subresource: string;
}

export interface ApiPath {
  readonly path: string;
  readonly query: URLSearchParams;
}

export function splitUrl(url: string): ApiPath {
  const at = url.indexOf('?');
  if (at === -1) return { path: url, query: new URLSearchParams() };
  return { path: url.slice(0, at), query: new URLSearchParams(url.slice(at + 1)) };
}

/** Null when the path names no resource: discovery, health, version, or nothing. */
export function parseRequest(method: string, { path, query }: ApiPath): ResourceRequest | null {
  const segments = path.split('/').slice(1).map(decodeSegment);
  const isCore = segments[0] === 'api';
  if (!isCore && segments[0] !== 'apis') return null;
  const apiVersion = isCore ? segments[1] : `${segments[1]}/${segments[2]}`;
  const rest = segments.slice(isCore ? 2 : 3);
  const isInNamespace = rest[0] === 'namespaces' && rest.length > 2 && !isOfNamespace(rest);
  const namespace = isInNamespace ? (rest[1] ?? '') : '';
  const [plural = '', name = '', subresource = ''] = isInNamespace ? rest.slice(2) : rest;
  const kind = findResource(apiVersion ?? '', plural);
  if (kind === undefined || plural === '') return null;
  if (isInNamespace && !kind.isNamespaced) return null;
  const verb = verbOf(method, name, query);
  return verb === null ? null : { verb, kind, namespace, name, subresource };
}

/** `namespaces/x/status` is about the namespace; `namespaces/x/pods` is about what is in it. */
function isOfNamespace([, , third]: readonly string[]): boolean {
  return third === 'status' || third === 'finalize';
}

function verbOf(method: string, name: string, query: URLSearchParams): Verb | null {
  if (method === 'GET' || method === 'HEAD') {
    if (name !== '') return 'get';
    return isTrue(query.get('watch')) ? 'watch' : 'list';
  }
  if (method === 'POST') return 'create';
  if (method === 'PUT') return 'update';
  if (method === 'PATCH') return 'patch';
  if (method === 'DELETE') return name === '' ? 'deletecollection' : 'delete';
  return null;
}

function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1' || value === '';
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest(`malformed path segment ${JSON.stringify(segment)}`);
  }
}
