// What can be done to objects, by clients over HTTP and by tests in the process: the rules of
// writing, put in force on the storage. It knows nothing of HTTP.

import { isDeepStrictEqual } from 'node:util';
import { API_KINDS, type ApiKind, findKind, qualifiedResource } from './api-kinds.ts';
import { type ApiObject, type Fields, fieldsOf, keyOf, listOf } from './api-object.ts';
import { alreadyExists, badRequest, invalid, notFound, StatusError } from './api-status.ts';
import { required } from './field-causes.ts';
import { fieldValues } from './field-set.ts';
import { type Writer, withOwnerships, withUpdateTracked } from './managed-fields.ts';
import type { ObjectStorage } from './object-storage.ts';
import { applyConfiguration } from './server-side-apply.ts';
import { checkPreconditions, objectToCreate, objectToUpdate } from './write-rules.ts';

export interface ObjectPlace {
  readonly kind: ApiKind;
  readonly namespace: string;
  readonly name: string;
}

export interface WriteOptions {
  /** Say what would be stored, and store nothing. */
  readonly isDryRun?: boolean;
  /** Which part may change; `both` is for tests, which stand for several controllers. */
  readonly door?: 'main' | 'status' | 'both';
  /** Who writes, for managedFields. */
  readonly manager?: string;
}

const TERMINATING = 'Terminating';
/** Long enough for a client to delete, one by one, what it made together with the namespace. */
const TERMINATION_MS = 300;
const NAMESPACE = findKind('Namespace') as ApiKind;

export class ObjectRegistry {
  readonly #storage: ObjectStorage;
  #created = 0;

  constructor(storage: ObjectStorage) {
    this.#storage = storage;
    for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
      this.ensureNamespace(name);
    }
  }

  find({ kind, namespace, name }: ObjectPlace): ApiObject | undefined {
    return this.#storage.read(kind, keyOf(kind, namespace, name))?.object;
  }

  get(place: ObjectPlace): ApiObject {
    const object = this.find(place);
    if (object === undefined) throw notFound(place.kind, place.name);
    return object;
  }

  create(kind: ApiKind, namespace: string, body: Fields, options: WriteOptions = {}): ApiObject {
    const { isDryRun = false, door = 'main' } = options;
    const named = this.#withName(kind, namespace, body);
    const { name } = named.metadata;
    if (kind.isNamespaced) checkNamespace(kind, name, this.get(namespacePlace(namespace)));
    this.#created += 1;
    const made = objectToCreate(kind, named, {
      uid: this.#storage.nextUid(),
      time: wholeSeconds(),
      counter: this.#created,
      keepsStatus: door === 'both',
    });
    const key = keyOf(kind, namespace, name);
    if (this.#storage.read(kind, key) !== undefined) throw alreadyExists(kind, name);
    const tracked = withUpdateTracked(null, made, writerOf(options));
    return isDryRun ? tracked : this.#storage.put(kind, key, tracked);
  }

  /** Stores what `change` makes of the object that is there. */
  update(
    place: ObjectPlace,
    change: (current: ApiObject) => Fields,
    options: WriteOptions = {},
  ): ApiObject {
    const current = this.get(place);
    const next = this.#changed(place, current, change(current), options);
    if (next === current) return current;
    return this.#store(place, withUpdateTracked(current, next, writerOf(options)), options);
  }

  /** Server-side apply: makes the object, or merges what `options.manager` wants into it. */
  apply(
    place: ObjectPlace,
    body: Fields,
    options: WriteOptions & { isForced: boolean },
  ): ApiObject {
    const { kind, namespace, name } = place;
    const config = throughDoor(kind, body, options);
    const writer: Writer = { ...writerOf(options), operation: 'Apply' };
    const current = this.find(place);
    if (current === undefined) {
      const metadata = { name, ...fieldsOf(config.metadata) };
      const named = { ...config, metadata };
      const made = this.create(kind, namespace, named, { ...options, isDryRun: true });
      const fields = new Set(fieldValues(config).keys());
      const own = [{ writer, apiVersion: made.apiVersion, fields }];
      return this.#store(place, withOwnerships(made, own), options);
    }
    const { object, ownerships } = applyConfiguration(current, config, writer, options.isForced);
    const owned = withOwnerships(this.#changed(place, current, object, options), ownerships);
    const isSame = isDeepStrictEqual(untimed(owned), untimed(current));
    return isSame ? current : this.#store(place, owned, options);
  }

  /** The deleted object. `preconditions`: uid and resourceVersion, if they matter. */
  delete(place: ObjectPlace, preconditions: Fields = {}, { isDryRun = false } = {}): ApiObject {
    const current = this.get(place);
    checkPreconditions(place.kind, current, preconditions);
    if (!isDryRun) this.#remove(place);
    return current;
  }

  /** As a cluster deletes a namespace: it is terminating first, then gone with all in it. */
  terminateNamespace(name: string): void {
    const place = namespacePlace(name);
    const current = this.get(place);
    if (isTerminating(current)) return;
    const metadata = { ...current.metadata, deletionTimestamp: wholeSeconds() };
    this.#storage.put(NAMESPACE, name, { ...current, metadata, status: { phase: TERMINATING } });
    setTimeout(() => {
      const later = this.find(place);
      if (later?.metadata.uid === current.metadata.uid) this.#remove(place);
    }, TERMINATION_MS).unref();
  }

  ensureNamespace(name: string): void {
    if (this.find(namespacePlace(name)) === undefined) {
      this.create(NAMESPACE, '', { metadata: { name } });
    }
  }

  #changed(
    place: ObjectPlace,
    current: ApiObject,
    body: Fields,
    { door = 'main' }: WriteOptions,
  ): ApiObject {
    checkNames(place, body);
    return objectToUpdate(place.kind, current, body, door);
  }

  #store(
    { kind, namespace, name }: ObjectPlace,
    object: ApiObject,
    options: WriteOptions,
  ): ApiObject {
    if (options.isDryRun === true) return object;
    return this.#storage.put(kind, keyOf(kind, namespace, name), object);
  }

  #withName(kind: ApiKind, namespace: string, body: Fields) {
    const metadata = fieldsOf(body.metadata);
    const { generateName } = metadata;
    const name =
      metadata.name ?? (generateName === undefined ? '' : `${generateName}${this.#suffix()}`);
    if (typeof name !== 'string' || name === '') {
      const because = 'name or generateName is required';
      throw invalid(kind, '', [required('metadata.name', because)]);
    }
    checkNames({ kind, namespace, name }, body);
    return { ...body, metadata: { ...metadata, name, ...(kind.isNamespaced && { namespace }) } };
  }

  /** Five characters; the counter keeps them apart. */
  #suffix(): string {
    return (this.#created + 1).toString(36).padStart(5, 'x');
  }

  #remove({ kind, namespace, name }: ObjectPlace): void {
    if (kind.kind === 'Namespace') this.#empty(name);
    this.#storage.delete(kind, keyOf(kind, namespace, name));
  }

  #empty(namespace: string): void {
    for (const kind of API_KINDS.filter(({ isNamespaced }) => isNamespaced)) {
      for (const { key, object } of this.#storage.list(kind)) {
        if (object.metadata.namespace === namespace) this.#storage.delete(kind, key);
      }
    }
  }
}

function writerOf({ manager = 'test', door = 'main' }: WriteOptions): Writer {
  const subresource = door === 'status' ? 'status' : '';
  return { manager, operation: 'Update', subresource, time: wholeSeconds() };
}

/** Nobody comes to own what the door does not let through. */
function throughDoor({ hasStatus }: ApiKind, config: Fields, { door = 'main' }: WriteOptions) {
  if (door === 'status') return { status: config.status };
  if (door === 'both' || !hasStatus) return config;
  const { status: _, ...others } = config;
  return others;
}

/** Ownership changes nothing by getting older. */
function untimed(object: ApiObject): Fields {
  const entries = listOf(object.metadata.managedFields).map(fieldsOf);
  const managedFields = entries.map(({ time: _, ...entry }) => entry);
  return { ...object, metadata: { ...object.metadata, managedFields } };
}

function wholeSeconds(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

function namespacePlace(name: string): ObjectPlace {
  return { kind: NAMESPACE, namespace: '', name };
}

function isTerminating({ status }: ApiObject): boolean {
  return fieldsOf(status).phase === TERMINATING;
}

function checkNamespace(kind: ApiKind, name: string, namespace: ApiObject): void {
  if (!isTerminating(namespace)) return;
  const because =
    `unable to create new content in namespace ${namespace.metadata.name} ` +
    'because it is being terminated';
  const message = `${qualifiedResource(kind)} "${name}" is forbidden: ${because}`;
  throw new StatusError({ code: 403, reason: 'Forbidden', message });
}

function checkNames({ kind, namespace, name }: ObjectPlace, body: Fields): void {
  const metadata = fieldsOf(body.metadata);
  if (body.kind !== undefined && body.kind !== kind.kind) {
    throw badRequest(
      `${JSON.stringify(body.kind)} in the body is not ${JSON.stringify(kind.kind)} of the URL`,
    );
  }
  if (metadata.name !== undefined && metadata.name !== name) {
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  if (kind.isNamespaced && (metadata.namespace ?? namespace) !== namespace) {
    throw new StatusError({
      ...{ code: 400, reason: 'BadRequest' },
      message:
        'the namespace of the provided object does not match the namespace sent on the request',
    });
  }
}
