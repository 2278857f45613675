// Two ways by which a Secret gets into the Store: because of its type, and because it is named. A
// Secret that is made again with another type comes by one and goes by the other, in any order, so
// each way has what it brought, and what came by its type covers what came by its name.

import type { ObjectRef } from '#base/problem.ts';
import { ObjectTable } from './object-table.ts';
import type { Resource, Secret } from './resources.ts';
import type { Store } from './store.ts';

/** What a mirror feeds: true if anything that Headgate reads is different for it. */
export type Sink = Pick<Store, 'upsert' | 'delete'>;

export class SecretLayers {
  readonly #store: Store;
  readonly #comesByType: (secret: Secret) => boolean;
  /** All that came by name, covered or not. */
  readonly #named = new ObjectTable<Resource>();

  constructor(store: Store, comesByType: (secret: Secret) => boolean) {
    this.#store = store;
    this.#comesByType = comesByType;
  }

  readonly byType: Sink = {
    upsert: (resource) => this.#store.upsert(resource),
    delete: (ref) => {
      if (!this.isCovered(ref)) return false;
      const below = this.#named.get(ref.namespace, ref.name);
      return below === undefined ? this.#store.delete(ref) : this.#store.upsert(below);
    },
  };

  readonly byName: Sink = {
    upsert: (resource) => {
      // The other way tells of it, and of its end.
      if (resource.kind === 'Secret' && this.#comesByType(resource)) {
        return this.byName.delete(resource);
      }
      this.#named.set(resource.namespace, resource.name, resource);
      return !this.isCovered(resource) && this.#store.upsert(resource);
    },
    delete: ({ kind, namespace, name }) => {
      this.#named.delete(namespace, name);
      return !this.isCovered({ namespace, name }) && this.#store.delete({ kind, namespace, name });
    },
  };

  /** The Store holds it because of its type. */
  isCovered({ namespace, name }: Pick<ObjectRef, 'namespace' | 'name'>): boolean {
    const secret = this.#store.secret(namespace, name);
    return secret !== null && this.#comesByType(secret);
  }
}
