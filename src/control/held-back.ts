// The objects as translation sees them: those of the Store, but for the ones whose last change was
// withdrawn. These are as they were before it, until they change again, so that one bad Ingress
// holds up nobody else.

import type { ObjectRef } from '#base/problem.ts';
import type {
  ConfigMap,
  EndpointSlice,
  Ingress,
  IngressClass,
  Node,
  ObjectChange,
  Resource,
  Secret,
  Service,
} from '#kubernetes/resources.ts';
import type { Store } from '#kubernetes/store.ts';
import type { TranslateInput } from '#translate/translate-input.ts';
import { keyOf, objectOf } from './untried-changes.ts';

export class HeldBack implements TranslateInput {
  readonly #store: Store;
  /** By kind and name; null for an object that was not there. */
  readonly #held = new Map<string, { readonly ref: ObjectRef; readonly object: Resource | null }>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** All whose last change is held back. */
  refs(): readonly ObjectRef[] {
    return [...this.#held.values()].map(({ ref }) => ref);
  }

  /** Takes changes back, one of each object. Gives what that changes. */
  hold(changes: readonly ObjectChange[]): readonly ObjectChange[] {
    for (const change of changes) {
      const { kind, namespace, name } = objectOf(change);
      const ref = { kind, namespace, name };
      this.#held.set(keyOf(ref), { ref, object: change.before });
    }
    return changes.map(({ before, after }) => ({ before: after, after: before }));
  }

  /** The changes of the Store as they look from here: what changes is held back no longer. */
  heed(changes: readonly ObjectChange[]): readonly ObjectChange[] {
    if (this.#held.size === 0) return changes;
    return changes.map((change) => {
      const key = keyOf(objectOf(change));
      const held = this.#held.get(key);
      this.#held.delete(key);
      return held === undefined ? change : { ...change, before: held.object };
    });
  }

  ingresses(): Iterable<Ingress> {
    return this.#all('Ingress', this.#store.ingresses());
  }

  ingress(namespace: string, name: string): Ingress | null {
    return this.#one('Ingress', { namespace, name }, () => this.#store.ingress(namespace, name));
  }

  ingressClasses(): Iterable<IngressClass> {
    return this.#all('IngressClass', this.#store.ingressClasses());
  }

  service(namespace: string, name: string): Service | null {
    return this.#one('Service', { namespace, name }, () => this.#store.service(namespace, name));
  }

  endpointSlices(namespace: string, serviceName: string): Iterable<EndpointSlice> {
    return this.#store.endpointSlices(namespace, serviceName);
  }

  secret(namespace: string, name: string): Secret | null {
    return this.#one('Secret', { namespace, name }, () => this.#store.secret(namespace, name));
  }

  configMap(namespace: string, name: string): ConfigMap | null {
    const find = (): ConfigMap | null => this.#store.configMap(namespace, name);
    return this.#one('ConfigMap', { namespace, name }, find);
  }

  node(name: string): Node | null {
    return this.#store.node(name);
  }

  #one<T extends Resource>(
    kind: T['kind'],
    name: Pick<ObjectRef, 'namespace' | 'name'>,
    find: () => T | null,
  ): T | null {
    const held = this.#held.size === 0 ? undefined : this.#held.get(keyOf({ kind, ...name }));
    return held === undefined ? find() : (held.object as T | null);
  }

  #all<T extends Resource>(kind: T['kind'], objects: T[]): T[] {
    const held = [...this.#held.values()].filter(({ ref }) => ref.kind === kind);
    if (held.length === 0) return objects;
    const others = objects.filter((object) => !this.#held.has(keyOf(object)));
    return [...others, ...held.flatMap(({ object }) => (object as T | null) ?? [])];
  }
}
