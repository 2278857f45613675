// The Store: every valid object of the cluster or the manifests, as last seen. It answers "did it
// matter?" at the door and says what kind of work a change asks for. It does not know who feeds it.

import { isDeepStrictEqual } from 'node:util';
import type { ObjectRef } from '#base/problem.ts';
import type {
  EndpointSlice,
  Ingress,
  IngressClass,
  Resource,
  Secret,
  Service,
} from './resources.ts';

/** What has to be computed again. */
export interface StoreChanges {
  /** Anything that routes, or the Problems told about them, are made from. */
  readonly routes: boolean;
  /** Anything that the endpoints of a Service are made from. */
  readonly endpoints: boolean;
}

// A Service decides both: which ports exist, and which port of its slices each one means.
const AFFECTS: Readonly<Record<Resource['kind'], StoreChanges>> = {
  Ingress: { routes: true, endpoints: false },
  IngressClass: { routes: true, endpoints: false },
  Secret: { routes: true, endpoints: false },
  Service: { routes: true, endpoints: true },
  EndpointSlice: { routes: false, endpoints: true },
};

type ObjectsByKind = {
  readonly [K in Resource['kind']]: Map<string, Extract<Resource, { kind: K }>>;
};

export class Store {
  readonly #objects: ObjectsByKind = {
    Ingress: new Map(),
    IngressClass: new Map(),
    Service: new Map(),
    EndpointSlice: new Map(),
    Secret: new Map(),
  };
  /** Slices by the key of their Service, then by their own key. */
  readonly #slicesOfService = new Map<string, Map<string, EndpointSlice>>();
  #changes: StoreChanges = { routes: false, endpoints: false };

  /** Takes the latest version of an object. False if nothing that Headgate reads is different. */
  upsert(resource: Resource): boolean {
    const objects: Map<string, Resource> = this.#objects[resource.kind];
    const key = keyOf(resource);
    const before = objects.get(key);
    if (before === resource) return false;
    // An equal object is kept too: it knows the lines of its file as they are by now.
    objects.set(key, resource);
    if (before?.kind === 'EndpointSlice') this.#removeFromService(before);
    if (resource.kind === 'EndpointSlice') this.#addToService(resource);
    const didMatter = before === undefined || !areEqual(before, resource);
    if (didMatter) this.#noteChange(resource.kind);
    return didMatter;
  }

  /** False if there was no such object. */
  delete(ref: ObjectRef): boolean {
    const kind = ref.kind as Resource['kind'];
    if (!Object.hasOwn(AFFECTS, kind)) return false;
    const objects: Map<string, Resource> = this.#objects[kind];
    const before = objects.get(keyOf(ref));
    if (before === undefined) return false;
    objects.delete(keyOf(ref));
    if (before.kind === 'EndpointSlice') this.#removeFromService(before);
    this.#noteChange(kind);
    return true;
  }

  /** What has changed since this was last asked. */
  takeChanges(): StoreChanges {
    const changes = this.#changes;
    this.#changes = { routes: false, endpoints: false };
    return changes;
  }

  /** Sorted by namespace, then name. */
  ingresses(): Ingress[] {
    return sorted(this.#objects.Ingress);
  }

  /** Sorted by name. */
  ingressClasses(): IngressClass[] {
    return sorted(this.#objects.IngressClass);
  }

  service(namespace: string, name: string): Service | null {
    return this.#objects.Service.get(keyOf({ namespace, name })) ?? null;
  }

  /** The slices that carry the name of this Service, sorted by name. */
  endpointSlices(namespace: string, serviceName: string): EndpointSlice[] {
    const slices = this.#slicesOfService.get(keyOf({ namespace, name: serviceName }));
    return slices === undefined ? [] : sorted(slices);
  }

  secret(namespace: string, name: string): Secret | null {
    return this.#objects.Secret.get(keyOf({ namespace, name })) ?? null;
  }

  /** How many objects there are, of all kinds. */
  get size(): number {
    return Object.values(this.#objects).reduce((count, objects) => count + objects.size, 0);
  }

  #noteChange(kind: Resource['kind']): void {
    this.#changes = {
      routes: this.#changes.routes || AFFECTS[kind].routes,
      endpoints: this.#changes.endpoints || AFFECTS[kind].endpoints,
    };
  }

  #addToService(slice: EndpointSlice): void {
    if (slice.serviceName === null) return;
    const serviceKey = keyOf({ namespace: slice.namespace, name: slice.serviceName });
    const slices = this.#slicesOfService.get(serviceKey) ?? new Map<string, EndpointSlice>();
    this.#slicesOfService.set(serviceKey, slices.set(keyOf(slice), slice));
  }

  #removeFromService(slice: EndpointSlice): void {
    if (slice.serviceName === null) return;
    const serviceKey = keyOf({ namespace: slice.namespace, name: slice.serviceName });
    const slices = this.#slicesOfService.get(serviceKey);
    slices?.delete(keyOf(slice));
    if (slices?.size === 0) this.#slicesOfService.delete(serviceKey);
  }
}

/** Neither part can hold a slash. */
function keyOf(named: { readonly namespace: string; readonly name: string }): string {
  return `${named.namespace}/${named.name}`;
}

function areEqual(a: Resource, b: Resource): boolean {
  return isDeepStrictEqual({ ...a, locate: null }, { ...b, locate: null });
}

function sorted<T extends Resource>(objects: ReadonlyMap<string, T>): T[] {
  return [...objects.values()].sort((a, b) =>
    a.namespace === b.namespace ? compare(a.name, b.name) : compare(a.namespace, b.namespace),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
