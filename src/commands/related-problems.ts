// What in the manifests may keep a rule from answering for a host, though it is not in the plan:
// Problems, and Ingresses that belong to another controller.

import { formatRef, type Problem } from '#base/problem.ts';
import type { Ingress } from '#kubernetes/resources.ts';
import { parseHost } from '#translate/host-name.ts';
import { takenIngresses } from '#translate/ingress-class.ts';
import type { PlanOptions } from './command-line.ts';
import type { ReadPlan } from './read-plan.ts';
import { translateOptions } from './translate-options.ts';

/** What classes are made of. */
const CLASS_KINDS = ['IngressClass', 'ConfigMap'];

/**
 * `names` are those a host name fits.
 * Better one Problem too many than to miss the one that matters.
 */
export function relatedProblems(plan: ReadPlan, names: readonly string[]): readonly Problem[] {
  const concerned = plan.store.ingresses().filter((ingress) => concerns(ingress, names));
  const namespaces = new Set(concerned.map(({ namespace }) => namespace));
  return plan.problems.filter(({ object, field }) => {
    if (object === null || CLASS_KINDS.includes(object.kind)) return true;
    const ingress = plan.ingresses.get(formatRef(object));
    if (ingress !== undefined) return isAbout(ingress, field, names);
    // An Ingress that could not be read may have been meant for any host.
    return object.kind === 'Ingress' || namespaces.has(object.namespace);
  });
}

/** The Ingresses for one of `names` that another controller answers for. */
export function foreignIngresses(
  plan: ReadPlan,
  options: PlanOptions,
  names: readonly string[],
): readonly Ingress[] {
  const taken = new Set(takenIngresses(plan.store, translateOptions(options)));
  const { store } = plan;
  return store.ingresses().filter((ingress) => !taken.has(ingress) && concerns(ingress, names));
}

function isAbout(ingress: Ingress, field: string, names: readonly string[]): boolean {
  const [, index] = /^spec\.rules\[([0-9]{1,9})\]/.exec(field) ?? [];
  if (index === undefined) return concerns(ingress, names);
  return isFor(ingress.rules[Number(index)]?.host ?? null, names);
}

/** An Ingress without rules has a default backend for any host. */
function concerns({ rules }: Ingress, names: readonly string[]): boolean {
  return rules.length === 0 || rules.some(({ host }) => isFor(host, names));
}

/** A rule without a host is for any, and a host that is misspelt may have been meant. */
function isFor(text: string | null, names: readonly string[]): boolean {
  if (text === null) return true;
  const host = parseHost(text);
  return !host.ok || names.includes(host.value);
}
