// Documents that do not depend on what is stored: version, health, and discovery.

import { API_KINDS, type ApiKind, apiVersionOf } from './api-kinds.ts';
import type { Fields } from './api-object.ts';
import { openApiDocument } from './openapi.ts';

const VERSION = {
  major: '1',
  minor: '35',
  gitVersion: 'v1.35.0',
  gitCommit: 'test',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: 'none',
  platform: 'test/test',
};
const HEALTH_PATHS = ['/healthz', '/readyz', '/livez'];
const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
/** What `kubectl get all` shows. */
const IN_ALL = ['Pod', 'Service', 'DaemonSet', 'Deployment', 'Job'];
const STATUS_VERBS = ['get', 'patch', 'update'];

/** Undefined when there is no such document. */
export function staticDocument(path: string): unknown {
  if (path.startsWith('/openapi/')) return openApiDocument(path);
  if (path === '/version') return VERSION;
  if (HEALTH_PATHS.includes(path)) return 'ok';
  const [, root, ...rest] = path.split('/').filter((part, index) => index === 0 || part !== '');
  if (root === 'api') return rest.length === 0 ? coreVersions() : resourceList(rest.join('/'));
  if (root !== 'apis') return undefined;
  if (rest.length === 0) return groupList();
  return rest.length === 1
    ? groups().find(({ name }) => name === rest[0])
    : resourceList(rest.join('/'));
}

function coreVersions(): Fields {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
}

function groupList(): Fields {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups() };
}

function groups() {
  const names = new Set(API_KINDS.map(({ group }) => group).filter((group) => group !== ''));
  return [...names].map((name) => {
    const { version } = API_KINDS.find(({ group }) => group === name) as ApiKind;
    const preferred = { groupVersion: `${name}/${version}`, version };
    const type = { kind: 'APIGroup', apiVersion: 'v1' };
    return { ...type, name, versions: [preferred], preferredVersion: preferred };
  });
}

function resourceList(groupVersion: string): Fields | undefined {
  const kinds = API_KINDS.filter((kind) => apiVersionOf(kind) === groupVersion);
  if (kinds.length === 0) return undefined;
  const resources = kinds.flatMap((kind) => [resource(kind), ...statusResource(kind)]);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}

function resource({ plural, kind, isNamespaced, shortNames }: ApiKind): Fields {
  const names = { name: plural, singularName: kind.toLowerCase(), shortNames };
  const categories = IN_ALL.includes(kind) ? ['all'] : [];
  return { ...names, namespaced: isNamespaced, kind, verbs: VERBS, categories };
}

function statusResource({ plural, kind, isNamespaced, hasStatus }: ApiKind): Fields[] {
  const names = { name: `${plural}/status`, singularName: '' };
  return hasStatus ? [{ ...names, namespaced: isNamespaced, kind, verbs: STATUS_VERBS }] : [];
}
