// Lists that are sets of named things: by which field their items are told apart when a patch is
// merged into them. ONE table, by the path of field names without indexes; all other lists are
// replaced as a whole. Source: patchMergeKey and listMapKey in the Kubernetes API reference.

interface ListKeys {
  /** The end of the path. */
  readonly path: string;
  readonly merge: readonly string[];
  /** For server-side apply, where it differs from a strategic merge. */
  readonly apply?: readonly string[];
}

const PORT = ['containerPort', 'protocol'];

// biome-ignore format: a table
const LIST_KEYS: readonly ListKeys[] = [
  { path: 'spec.containers',               merge: ['name'] },
  { path: 'spec.initContainers',           merge: ['name'] },
  { path: 'ontainers.env',                 merge: ['name'] },
  { path: 'ontainers.ports',               merge: ['containerPort'], apply: PORT },
  { path: 'ontainers.volumeMounts',        merge: ['mountPath'] },
  { path: 'spec.volumes',                  merge: ['name'] },
  { path: 'spec.imagePullSecrets',         merge: ['name'] },
  { path: 'spec.topologySpreadConstraints', merge: ['topologyKey'], apply: ['topologyKey', 'whenUnsatisfiable'] },
  { path: 'spec.ports',                    merge: ['port'],          apply: ['port', 'protocol'] },
  { path: 'spec.podIPs',                   merge: ['ip'] },
  { path: 'status.conditions',             merge: ['type'] },
  { path: 'status.addresses',              merge: ['type'] },
  { path: 'status.podIPs',                 merge: ['ip'] },
  { path: 'status.hostIPs',                merge: ['ip'] },
  { path: 'metadata.ownerReferences',      merge: ['uid'] },
  { path: 'secrets',                       merge: ['name'] },
];

/** Lists of plain values that a patch adds to. */
const MERGED_SETS = ['metadata.finalizers'];

export function mergeKeysOf(path: string): readonly string[] | null {
  return rowOf(path)?.merge ?? null;
}

export function applyKeysOf(path: string): readonly string[] | null {
  const row = rowOf(path);
  return row === undefined ? null : (row.apply ?? row.merge);
}

export function isMergedSet(path: string): boolean {
  return MERGED_SETS.includes(path);
}

export function pathTo(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function rowOf(path: string): ListKeys | undefined {
  return LIST_KEYS.find((row) => path === row.path || path.endsWith(row.path));
}
