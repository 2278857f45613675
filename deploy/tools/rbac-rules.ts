// Turns what Headgate asks of the API server into rules of RBAC, as the chart reads them.

import { stringify } from 'yaml';
import type { ApiAccess } from '#kubernetes/kinds.ts';

export interface RbacRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

export type RbacRules = Readonly<Record<ApiAccess['scope'], readonly RbacRule[]>>;

/** One rule for all resources of a group that are asked for in the same way. */
export function rbacRules(access: readonly ApiAccess[]): RbacRules {
  return {
    cluster: rulesOf(access.filter(({ scope }) => scope === 'cluster')),
    watchedNamespaces: rulesOf(access.filter(({ scope }) => scope === 'watchedNamespaces')),
    controllerNamespace: rulesOf(access.filter(({ scope }) => scope === 'controllerNamespace')),
  };
}

const HEADER = '# Made from src/kubernetes/kinds.ts by `npm run update-manifests`.\n';

/** The file that the chart reads. */
export function printRbacRules(rules: RbacRules): string {
  return HEADER + stringify(rules);
}

function rulesOf(access: readonly ApiAccess[]): readonly RbacRule[] {
  const groups = Object.groupBy(access, ({ apiGroup, verbs }) => `${apiGroup} ${verbs.join(' ')}`);
  return Object.values(groups).map((rows = []) => ({
    apiGroups: [rows[0]?.apiGroup ?? ''],
    resources: [...new Set(rows.map(({ resource }) => resource))].toSorted(),
    verbs: [...(rows[0]?.verbs ?? [])],
  }));
}
