// The changes of objects that led to what is to be tried next, so that they can be held back if it
// turns out to be bad. It knows neither what was made of them nor who tries it.

import type { ObjectRef } from '#base/problem.ts';
import type { ObjectChange, Resource } from '#kubernetes/resources.ts';
import { areEqual } from '#kubernetes/store.ts';

/** What says nothing of routes. */
const NEVER_HELD: ReadonlySet<Resource['kind']> = new Set(['EndpointSlice', 'Node']);

export class UntriedChanges {
  /** By object, from what it was first to what it is last. */
  #changes = new Map<string, ObjectChange>();

  /** Changes as translation sees them, after those that were added before. */
  add(changes: readonly ObjectChange[]): void {
    for (const { before, after } of changes) {
      const object = after ?? before;
      if (object === null || NEVER_HELD.has(object.kind)) continue;
      const key = keyOf(object);
      const earlier = this.#changes.get(key);
      this.#changes.set(key, { before: earlier === undefined ? before : earlier.before, after });
    }
  }

  /** Each object once. None: the clock has changed the routes, or what cannot be held back. */
  get changes(): readonly ObjectChange[] {
    return [...this.#changes.values()].filter(isChange);
  }

  clear(): void {
    this.#changes = new Map();
  }

  /**
   * What was tried is bad. Gives the changes to hold back. An object that has changed since then is
   * to be tried as it is by now, and what it was before the bad one is what it may fall back to.
   */
  withdraw(tried: readonly ObjectChange[]): readonly ObjectChange[] {
    const held: ObjectChange[] = [];
    for (const change of tried) {
      const key = keyOf(objectOf(change));
      const since = this.#changes.get(key);
      if (since === undefined) held.push(change);
      else this.#changes.set(key, { before: change.before, after: since.after });
    }
    return held;
  }
}

/** An object may be back where it was, and the lines of a file may move without anything else. */
function isChange({ before, after }: ObjectChange): boolean {
  return before === null || after === null ? before !== after : !areEqual(before, after);
}

/** Of a change that is one: there was an object, or there is. */
export function objectOf({ before, after }: ObjectChange): Resource {
  return (after ?? before) as Resource;
}

export function keyOf({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace}/${name}`;
}
