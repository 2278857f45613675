// The Store: every valid object of the cluster or the manifests, as last seen. It answers "did it
// matter?" at the door and says which objects have changed. It does not know who feeds it.

import { isDeepStrictEqual } from 'node:util';
import { present } from '#base/assert.ts';
import type { ObjectRef } from '#base/problem.ts';
import { ObjectTable } from './object-table.ts';
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
} from './resources.ts';

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
    ConfigMap: new ObjectTable(),
    Node: new ObjectTable(),
  };
  /** By the name of their Service; within it by their own. */
  readonly #slicesOfService = new ObjectTable<Map<string, EndpointSlice>>();
  /** By kind and name, from the first change since they were taken to the last. */
  #changes = new Map<string, ObjectChange>();

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
    if (didMatter || resource.locate !== null) this.#noteChange(before ?? null, resource);
    return didMatter;
  }

  /** False if there was no such object. */
  delete({ kind: kindName, namespace, name }: ObjectRef): boolean {
    const kind = kindName as Resource['kind'];
    if (!Object.hasOwn(this.#objects, kind)) return false;
    const objects: ObjectTable<Resource> = this.#objects[kind];
    const before = objects.get(namespace, name);
    if (before === undefined) return false;
    objects.delete(namespace, name);
    this.#indexSlice(before, undefined);
    this.#noteChange(before, null);
    return true;
  }

  /** What has changed since this was last asked: each object once, in the order they came. */
  takeChanges(): readonly ObjectChange[] {
    const changes = [...this.#changes.values()];
    this.#changes = new Map();
    return changes;
  }

  /** The object of that name; null if there is none or its kind is not read. */
  find({ kind, namespace, name }: ObjectRef): Resource | null {
    if (!Object.hasOwn(this.#objects, kind)) return null;
    return this.#objects[kind as Resource['kind']].get(namespace, name) ?? null;
  }

  ingress(namespace: string, name: string): Ingress | null {
    return this.#objects.Ingress.get(namespace, name) ?? null;
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

  configMap(namespace: string, name: string): ConfigMap | null {
    return this.#objects.ConfigMap.get(namespace, name) ?? null;
  }

  node(name: string): Node | null {
    return this.#objects.Node.get('', name) ?? null;
  }

  /** How many objects there are, of all kinds. */
  get size(): number {
    return Object.values(this.#objects).reduce((count, objects) => count + objects.size, 0);
  }

  #noteChange(before: Resource | null, after: Resource | null): void {
    const { kind, namespace, name } = present(after ?? before, 'a change is of some object');
    const key = `${kind} ${namespace}/${name}`;
    const noted = this.#changes.get(key);
    this.#changes.set(key, { before: noted === undefined ? before : noted.before, after });
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

/** Lines of a file and the status of an Ingress move without any route or Problem moving. */
function whatMatters(resource: Resource): unknown {
  return { ...resource, locate: null, status: null };
}

/** Whether nothing that Headgate reads is different. */
export function areEqual(a: Resource, b: Resource): boolean {
  return isDeepStrictEqual(whatMatters(a), whatMatters(b));
}
