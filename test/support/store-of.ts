// A Store that holds the given objects, in the order given.

import type { Resource } from '#kubernetes/resources.ts';
import { Store } from '#kubernetes/store.ts';

export function storeOf(...resources: readonly Resource[]): Store {
  const store = new Store();
  for (const resource of resources) store.upsert(resource);
  return store;
}
