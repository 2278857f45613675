// Who asks, and may they: bearer tokens and client certificates to a user, and rules in the form of
// RBAC to yes or no. Without a rule of its own a request is the cluster's administrator.

import type { ResourceRequest } from './api-request.ts';
import { StatusError, unauthorized } from './api-status.ts';

/** A rule of a Role or ClusterRole. */
export interface AccessRule {
  /** Absent: in all namespaces, and for what has none. */
  readonly namespace?: string;
  readonly apiGroups: readonly string[];
  /** `ingresses`, `ingresses/status`, `*`. */
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export interface Identity {
  readonly user: string;
  /** Null: may do everything. */
  readonly rules: (() => readonly AccessRule[]) | null;
}

const ADMINISTRATOR: Identity = { user: 'kubernetes-admin', rules: null };

export class AccessControl {
  readonly #identities = new Map<string, Identity>();
  readonly #requiresIdentity: boolean;

  constructor({ requiresIdentity }: { requiresIdentity: boolean }) {
    this.#requiresIdentity = requiresIdentity;
  }

  admit(token: string, identity: Identity): void {
    this.#identities.set(token, identity);
  }

  admitAdministrator(token: string): void {
    this.admit(token, ADMINISTRATOR);
  }

  /** Requests with this token are 401 from here on. */
  revoke(token: string): void {
    this.#identities.delete(token);
  }

  /** `certificateUser` is the common name of a client certificate that was verified. */
  identify(authorization: string | undefined, certificateUser: string | null): Identity {
    if (certificateUser !== null) return { user: certificateUser, rules: null };
    const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) {
      if (this.#requiresIdentity || authorization !== undefined) throw unauthorized();
      return ADMINISTRATOR;
    }
    const identity = this.#identities.get(token);
    if (identity === undefined) throw unauthorized();
    return identity;
  }
}

/** Throws 403 in the words of a real server. */
export function authorize({ user, rules }: Identity, request: ResourceRequest): void {
  if (rules === null || rules().some((rule) => allows(rule, request))) return;
  const { verb, kind, namespace, name, subresource } = request;
  const resource = subresource === '' ? kind.plural : `${kind.plural}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const qualified = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
  const subject = name === '' ? qualified : `${qualified} "${name}"`;
  throw new StatusError({
    code: 403,
    reason: 'Forbidden',
    message:
      `${subject} is forbidden: User "${user}" cannot ${verb} resource "${resource}" ` +
      `in API group "${kind.group}" ${where}`,
    details: { name, group: kind.group, kind: kind.plural },
  });
}

function allows(rule: AccessRule, request: ResourceRequest): boolean {
  const { verb, kind, namespace, name, subresource } = request;
  const resource = subresource === '' ? kind.plural : `${kind.plural}/${subresource}`;
  const isIn = (list: readonly string[], value: string) =>
    list.includes(value) || list.includes('*');
  return (
    (rule.namespace === undefined || rule.namespace === namespace) &&
    isIn(rule.verbs, verb) &&
    isIn(rule.apiGroups, kind.group) &&
    (isIn(rule.resources, resource) || rule.resources.includes(`*/${subresource}`)) &&
    (rule.resourceNames === undefined || rule.resourceNames.includes(name))
  );
}
