// The Store: every valid object of the cluster or the manifests, as last seen. It answers "did it
// matter?" at the door and says what kind of work a change asks for. It does not know who feeds it.

import { isDeepStrictEqual } from 'node:util';
import type { ObjectRef } from '#base/problem.ts';
import { ObjectTable } from './object-table.ts';
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
  readonly [K in Resource['kind']]: ObjectTable<Extract<Resource, { kind: K }>>;
};

export class Store {
  readonly #objects: ObjectsByKind = {
    Ingress: new ObjectTable(),
    IngressClass: new ObjectTable(),
    Service: new ObjectTable(),
    EndpointSlice: new ObjectTable(),
    Secret: new ObjectTable(),
  };
  /** By the name of their Service; within it by their own. */
  readonly #slicesOfService = new ObjectTable<Map<string, EndpointSlice>>();
  #changes: StoreChanges = { routes: false, endpoints: false };

  /** Takes the latest version of an object. False if nothing that Headgate reads is different. */
  upsert(resource: Resource): boolean {
    const { namespace, name } = resource;
    const objects: ObjectTable<Resource> = this.#objects[resource.kind];
    const before = objects.get(namespace, name);
    if (before === resource) return false;
    // An equal object is kept too: it knows the lines of its file as they are by now.
    objects.set(namespace, name, resource);
    this.#indexSlice(before, resource);
    const didMatter = before === undefined || !areEqual(before, resource);
    if (didMatter) this.#noteChange(resource.kind);
    return didMatter;
  }

  /** False if there was no such object. */
  delete({ kind: kindName, namespace, name }: ObjectRef): boolean {
    const kind = kindName as Resource['kind'];
    if (!Object.hasOwn(AFFECTS, kind)) return false;
    const objects: ObjectTable<Resource> = this.#objects[kind];
    const before = objects.get(namespace, name);
    if (before === undefined) return false;
    objects.delete(namespace, name);
    this.#indexSlice(before, undefined);
    this.#noteChange(kind);
    return true;
  }

  /** What has changed since this was last asked. */
  takeChanges(): StoreChanges {
    const changes = this.#changes;
    this.#changes = { routes: false, endpoints: false };
    return changes;
  }

  /** In no order that means anything, as is all that comes in numbers. */
  ingresses(): Ingress[] {
    return this.#objects.Ingress.values();
  }

  ingressClasses(): IngressClass[] {
    return this.#objects.IngressClass.values();
  }

  service(namespace: string, name: string): Service | null {
    return this.#objects.Service.get(namespace, name) ?? null;
  }

  /** The slices that carry the name of this Service. */
  endpointSlices(namespace: string, serviceName: string): EndpointSlice[] {
    return [...(this.#slicesOfService.get(namespace, serviceName)?.values() ?? [])];
  }

  secret(namespace: string, name: string): Secret | null {
    return this.#objects.Secret.get(namespace, name) ?? null;
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

  #indexSlice(before: Resource | undefined, after: Resource | undefined): void {
    const old = before?.kind === 'EndpointSlice' ? before : undefined;
    const next = after?.kind === 'EndpointSlice' ? after : undefined;
    if (old !== undefined && old.serviceName !== next?.serviceName) this.#removeFromService(old);
    if (next !== undefined) this.#addToService(next);
  }

  #addToService(slice: EndpointSlice): void {
    const { namespace, name, serviceName } = slice;
    if (serviceName === null) return;
    const slices = this.#slicesOfService.get(namespace, serviceName);
    if (slices !== undefined) slices.set(name, slice);
    else this.#slicesOfService.set(namespace, serviceName, new Map([[name, slice]]));
  }

  #removeFromService({ namespace, name, serviceName }: EndpointSlice): void {
    if (serviceName === null) return;
    const slices = this.#slicesOfService.get(namespace, serviceName);
    slices?.delete(name);
    if (slices?.size === 0) this.#slicesOfService.delete(namespace, serviceName);
  }
}

function areEqual(a: Resource, b: Resource): boolean {
  return isDeepStrictEqual({ ...a, locate: null }, { ...b, locate: null });
}
