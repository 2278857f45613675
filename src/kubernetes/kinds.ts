// The table of the kinds that Headgate reads, and the table of all that it asks of the API server.
// Sources walk the first, and RBAC manifests grant exactly the second; nothing else lists kinds.

import { parseConfigMap } from './parse-config-map.ts';
import { parseIngress, parseIngressClass } from './parse-ingress.ts';
import { parseNode } from './parse-node.ts';
import { parseSecret } from './parse-secret.ts';
import { parseEndpointSlice, parseService } from './parse-service.ts';
import type { Reader } from './reader.ts';
import { type Metadata, type Resource, TLS_SECRET_TYPE } from './resources.ts';

export interface Kind {
  readonly kind: Resource['kind'];
  readonly apiVersion: string;
  /** Its name in paths and in RBAC rules. */
  readonly resource: string;
  readonly isNamespaced: boolean;
  /** Which of the objects are asked for in a cluster. */
  readonly of: 'all' | 'controllerNamespace' | 'ownNode';
  /** Narrows that further; null takes them all. */
  readonly fieldSelector: string | null;
  readonly parse: (object: Reader, metadata: Metadata) => Resource;
}

const NETWORKING = 'networking.k8s.io/v1';
const DISCOVERY = 'discovery.k8s.io/v1';
const CORE = 'v1';

const NAMESPACED = { isNamespaced: true, of: 'all', fieldSelector: null } as const;
const CLUSTER_WIDE = { isNamespaced: false, of: 'all', fieldSelector: null } as const;

// biome-ignore format: a table
export const KINDS: readonly Kind[] = [
  { kind: 'Ingress',       resource: 'ingresses',      apiVersion: NETWORKING,
    parse: parseIngress,       ...NAMESPACED },
  { kind: 'IngressClass',  resource: 'ingressclasses', apiVersion: NETWORKING,
    parse: parseIngressClass,  ...CLUSTER_WIDE },
  { kind: 'Service',       resource: 'services',       apiVersion: CORE,
    parse: parseService,       ...NAMESPACED },
  { kind: 'EndpointSlice', resource: 'endpointslices', apiVersion: DISCOVERY,
    parse: parseEndpointSlice, ...NAMESPACED },
  { kind: 'Secret',        resource: 'secrets',        apiVersion: CORE,
    parse: parseSecret,        ...NAMESPACED, fieldSelector: `type=${TLS_SECRET_TYPE}` },
  { kind: 'ConfigMap',     resource: 'configmaps',     apiVersion: CORE,
    parse: parseConfigMap,     ...NAMESPACED, of: 'controllerNamespace' },
  { kind: 'Node',          resource: 'nodes',          apiVersion: CORE,
    parse: parseNode,          ...CLUSTER_WIDE, of: 'ownNode' },
];

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

/** One rule of RBAC. */
export interface ApiAccess {
  /** Empty for the core group. */
  readonly apiGroup: string;
  /** With its subresource, as in `ingresses/status`. */
  readonly resource: string;
  readonly verbs: readonly Verb[];
  /**
   * Where it is granted: on the whole cluster; in the watched namespaces, which are all unless the
   * operator names some; or in the namespace of the controller.
   */
  readonly scope: 'cluster' | 'watchedNamespaces' | 'controllerNamespace';
}

// biome-ignore format: a table
const WRITING: readonly ApiAccess[] = [
  { apiGroup: 'networking.k8s.io',   resource: 'ingresses/status',
    verbs: ['patch'],                   scope: 'watchedNamespaces' },
  // Events about IngressClasses are in the namespace `default`.
  { apiGroup: '',                    resource: 'events',
    verbs: ['get', 'create', 'patch'],  scope: 'watchedNamespaces' },
  { apiGroup: 'coordination.k8s.io', resource: 'leases',
    verbs: ['get', 'create', 'update'], scope: 'controllerNamespace' },
  { apiGroup: '',                    resource: 'pods',
    verbs: ['get', 'list'],             scope: 'controllerNamespace' },
];

/** All that Headgate asks of the API server, and no more. */
export const API_ACCESS: readonly ApiAccess[] = [...KINDS.map(readingOf), ...WRITING];

/** The group of `networking.k8s.io/v1`; empty for `v1`. */
function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

function readingOf({ apiVersion, resource, isNamespaced, of }: Kind): ApiAccess {
  const scope = of === 'controllerNamespace' ? of : 'watchedNamespaces';
  return {
    apiGroup: groupOf(apiVersion),
    resource,
    verbs: ['list', 'watch'],
    scope: isNamespaced ? scope : 'cluster',
  };
}
