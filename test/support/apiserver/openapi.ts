// As much OpenAPI v3 as kubectl looks at before it applies: that each kind has a patch which takes
// fieldValidation, so that checking is left to the server. There are no schemas.

import { API_KINDS, type ApiKind, apiVersionOf } from './api-kinds.ts';
import type { Fields } from './api-object.ts';

const ROOT = '/openapi/v3';
const PARAMETERS = ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map((name) => ({
  ...{ name, in: 'query' },
  schema: { type: 'string' },
}));

/** Undefined when there is no such document. */
export function openApiDocument(path: string): Fields | undefined {
  if (path === ROOT) return index();
  const kinds = API_KINDS.filter((kind) => path === `${ROOT}/${prefixOf(kind)}`);
  return kinds.length === 0 ? undefined : specification(kinds);
}

function index(): Fields {
  const entries = API_KINDS.map(prefixOf).map((prefix) => {
    return [prefix, { serverRelativeURL: `${ROOT}/${prefix}?hash=test` }];
  });
  return { paths: Object.fromEntries(entries) };
}

function specification(kinds: readonly ApiKind[]): Fields {
  const paths = kinds.map((kind) => [pathOf(kind), { patch: patchOf(kind) }] as const);
  const info = { title: 'Kubernetes', version: 'v1.35.0' };
  return { openapi: '3.0.0', info, paths: Object.fromEntries(paths), components: { schemas: {} } };
}

function patchOf({ group, version, kind }: ApiKind): Fields {
  return {
    operationId: `patch${kind}`,
    parameters: PARAMETERS,
    responses: { 200: { description: 'OK' } },
    'x-kubernetes-action': 'patch',
    'x-kubernetes-group-version-kind': { group, version, kind },
  };
}

function pathOf(kind: ApiKind): string {
  const namespace = kind.isNamespaced ? '/namespaces/{namespace}' : '';
  return `/${prefixOf(kind)}${namespace}/${kind.plural}/{name}`;
}

/** `api/v1` or `apis/networking.k8s.io/v1`. */
function prefixOf(kind: ApiKind): string {
  return `${kind.group === '' ? 'api' : 'apis'}/${apiVersionOf(kind)}`;
}
