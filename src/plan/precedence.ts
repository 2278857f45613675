// The two orders that decide between routes, each with the sentence of the specification that asks
// for it. Nothing else in the system compares routes.

import type { PathMatch } from './routing-plan.ts';

/**
 * "In some cases, multiple paths within an Ingress will match a request. In those cases precedence
 * will be given first to the longest matching path. If two paths are still equally matched,
 * precedence will be given to paths with an exact path type over prefix path type." (Kubernetes
 * documentation, Ingress, multiple matches)
 *
 * A matching Exact path is the whole path of the request and therefore the longest, so that Exact
 * comes first, then the longer. Paths of one length never match together; their bytes make the
 * order total.
 */
export function comparePrecedence(a: PathMatch, b: PathMatch): number {
  if (a.type !== b.type) return a.type === 'Exact' ? -1 : 1;
  if (a.path.length !== b.path.length) return b.path.length - a.path.length;
  return compareText(a.path, b.path);
}

/** What decides between two objects that ask for the same route. */
export interface Seniority {
  /** `namespace/name`; made once, because sorting compares it often. */
  readonly id: string;
  /** Milliseconds since 1970; null where the object has none. */
  readonly createdAtMs: number | null;
}

/**
 * "The oldest Route based on creation timestamp. The Route appearing first in alphabetical order by
 * `{namespace}/{name}`." (Gateway API, conflict resolution; Ingress itself is silent)
 *
 * An object without a timestamp has yet to be created, and is the youngest.
 */
export function compareSeniority(a: Seniority, b: Seniority): number {
  const aMs = a.createdAtMs ?? Number.POSITIVE_INFINITY;
  const bMs = b.createdAtMs ?? Number.POSITIVE_INFINITY;
  if (aMs !== bMs) return aMs < bMs ? -1 : 1;
  return compareText(a.id, b.id);
}

/** By UTF-16 code units: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
