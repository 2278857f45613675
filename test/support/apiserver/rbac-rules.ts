// What a service account may do, by the Roles, ClusterRoles and bindings that are stored: so that
// the manifests of a deployment can be tried as they are.

import type { AccessRule } from './access-control.ts';
import { type ApiKind, findKind } from './api-kinds.ts';
import { type ApiObject, fieldsOf, keyOf, listOf } from './api-object.ts';
import type { ObjectStorage } from './object-storage.ts';

export interface ServiceAccountRef {
  readonly namespace: string;
  readonly name: string;
}

const CLUSTER_ROLE = findKind('ClusterRole') as ApiKind;
const ROLE = findKind('Role') as ApiKind;
const CLUSTER_ROLE_BINDING = findKind('ClusterRoleBinding') as ApiKind;
const ROLE_BINDING = findKind('RoleBinding') as ApiKind;

/** The name by which messages and rules know a service account. */
export function userOf({ namespace, name }: ServiceAccountRef): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

export function rulesFor(
  storage: ObjectStorage,
  account: ServiceAccountRef,
): readonly AccessRule[] {
  const bindings = [...storage.list(CLUSTER_ROLE_BINDING), ...storage.list(ROLE_BINDING)];
  return bindings
    .map(({ object }) => object)
    .filter((binding) => binds(binding, account))
    .flatMap((binding) => boundRules(storage, binding));
}

function binds({ subjects, metadata }: ApiObject, account: ServiceAccountRef): boolean {
  return listOf(subjects)
    .map(fieldsOf)
    .some(
      ({ kind, name, namespace }) =>
        kind === 'ServiceAccount' &&
        name === account.name &&
        (namespace ?? metadata.namespace) === account.namespace,
    );
}

function boundRules(storage: ObjectStorage, { roleRef, metadata }: ApiObject): AccessRule[] {
  const { kind, name } = fieldsOf(roleRef);
  const { namespace } = metadata;
  const role = kind === 'ClusterRole' ? CLUSTER_ROLE : ROLE;
  const found = storage.read(role, keyOf(role, namespace, String(name)))?.object;
  // What a RoleBinding grants ends at its namespace, whichever kind of role it names.
  return listOf(found?.rules).map((rule) => ({
    ...(namespace !== undefined && { namespace }),
    ...(rule as AccessRule),
  }));
}
