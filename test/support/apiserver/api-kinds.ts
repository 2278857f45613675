// The one table of the kinds that the test API server serves. Storage, discovery, access rules and
// printing walk it; nothing else lists kinds.

export interface ApiKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly isNamespaced: boolean;
  /** It has a status subresource: the main resource ignores status, the subresource the rest. */
  readonly hasStatus: boolean;
  /** metadata.generation counts changes of what is wanted, as opposed to status and metadata. */
  readonly hasGeneration: boolean;
}

const NAMESPACED = true;
const CLUSTER = false;
const STATUS = { hasStatus: true };
const GENERATION = { hasGeneration: true };
const BOTH = { ...STATUS, ...GENERATION };

// biome-ignore format: a table
export const API_KINDS: readonly ApiKind[] = [
  row('v1', 'Namespace',      'namespaces',      ['ns'],     CLUSTER,    STATUS),
  row('v1', 'Node',           'nodes',           ['no'],     CLUSTER,    STATUS),
  row('v1', 'Pod',            'pods',            ['po'],     NAMESPACED, BOTH),
  row('v1', 'Service',        'services',        ['svc'],    NAMESPACED, STATUS),
  row('v1', 'ConfigMap',      'configmaps',      ['cm'],     NAMESPACED),
  row('v1', 'Secret',         'secrets',         [],         NAMESPACED),
  row('v1', 'ServiceAccount', 'serviceaccounts', ['sa'],     NAMESPACED),
  row('v1', 'Event',          'events',          ['ev'],     NAMESPACED),
  row('apps/v1', 'DaemonSet',  'daemonsets',     ['ds'],     NAMESPACED, BOTH),
  row('apps/v1', 'Deployment', 'deployments',    ['deploy'], NAMESPACED, BOTH),
  row('batch/v1', 'Job',       'jobs',           [],         NAMESPACED, BOTH),
  row('networking.k8s.io/v1', 'Ingress',       'ingresses',       ['ing'],    NAMESPACED, BOTH),
  row('networking.k8s.io/v1', 'IngressClass',  'ingressclasses',  [],         CLUSTER,    GENERATION),
  row('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies', ['netpol'], NAMESPACED, GENERATION),
  row('discovery.k8s.io/v1', 'EndpointSlice',  'endpointslices',  [],         NAMESPACED, GENERATION),
  row('coordination.k8s.io/v1', 'Lease',       'leases',          [],         NAMESPACED),
  row('events.k8s.io/v1', 'Event',             'events',          ['ev'],     NAMESPACED),
  row('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets', ['pdb'],    NAMESPACED, BOTH),
  row('scheduling.k8s.io/v1', 'PriorityClass', 'priorityclasses', ['pc'],     CLUSTER,    GENERATION),
  row('rbac.authorization.k8s.io/v1', 'Role',               'roles',               [], NAMESPACED),
  row('rbac.authorization.k8s.io/v1', 'RoleBinding',        'rolebindings',        [], NAMESPACED),
  row('rbac.authorization.k8s.io/v1', 'ClusterRole',        'clusterroles',        [], CLUSTER),
  row('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'clusterrolebindings', [], CLUSTER),
  row('monitoring.coreos.com/v1', 'PodMonitor', 'podmonitors', ['pmon'], NAMESPACED, GENERATION),
];

/** `networking.k8s.io/v1`, or `v1` for the core group. */
export function apiVersionOf({ group, version }: ApiKind): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The kind of an object; without an apiVersion the first row of that name. */
export function findKind(kind: string, apiVersion?: string): ApiKind | undefined {
  return API_KINDS.find(
    (row) => row.kind === kind && (apiVersion === undefined || apiVersionOf(row) === apiVersion),
  );
}

export function findResource(apiVersion: string, plural: string): ApiKind | undefined {
  return API_KINDS.find((row) => row.plural === plural && apiVersionOf(row) === apiVersion);
}

/** `ingresses.networking.k8s.io`, or `services`: how messages name a resource. */
export function qualifiedResource({ plural, group }: ApiKind): string {
  return group === '' ? plural : `${plural}.${group}`;
}

function row(
  apiVersion: string,
  kind: string,
  plural: string,
  shortNames: readonly string[],
  isNamespaced: boolean,
  has: Partial<Pick<ApiKind, 'hasStatus' | 'hasGeneration'>> = {},
): ApiKind {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const { hasStatus = false, hasGeneration = false } = has;
  const names = { group: group ?? '', version: version ?? '', kind, plural, shortNames };
  return { ...names, isNamespaced, hasStatus, hasGeneration };
}
