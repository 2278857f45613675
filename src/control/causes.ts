// Why a generation was made: the objects that had changed since the one before. Bounded, because
// all objects of a cluster may change while a generation is pinned.

import { limits } from '#base/limits.ts';
import type { ObjectRef } from '#base/problem.ts';
import type { Sliced } from '#base/sliced.ts';
import type { ObjectChange } from '#kubernetes/resources.ts';

export interface Causes {
  /** How many changes of objects there were. */
  readonly count: number;
  /** The first few objects. None: the clock, or an answer of DNS. */
  readonly objects: readonly ObjectRef[];
}

export const NO_CAUSES: Causes = { count: 0, objects: [] };

/** Both together. Pods come and go all the time, and cause no change of routes. */
export function* addCauses(causes: Causes, changes: readonly ObjectChange[]): Sliced<Causes> {
  const objects = [...causes.objects];
  let { count } = causes;
  for (const { before, after } of changes) {
    yield;
    const object = after ?? before;
    if (object === null || object.kind === 'EndpointSlice') continue;
    count += 1;
    const isTold = objects.length < limits.generationNamesMax;
    if (isTold && !objects.some((one) => isSame(one, object))) objects.push(refOf(object));
  }
  return { count, objects };
}

function refOf({ kind, namespace, name }: ObjectRef): ObjectRef {
  return { kind, namespace, name };
}

function isSame(a: ObjectRef, b: ObjectRef): boolean {
  return a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}
