// A request about stored objects to its answer: one function of the registry per verb. Who may ask,
// and what goes wrong on demand, has been settled before; watches are not here.

import { apiVersionOf } from './api-kinds.ts';
import { type ApiObject, type Fields, fieldsOf } from './api-object.ts';
import type { ResourceRequest } from './api-request.ts';
import { badRequest, methodNotAllowed, noSuchPath, successStatus } from './api-status.ts';
import { applyPatch } from './apply-patch.ts';
import { isEventsGroup, toServed, toStored } from './event-views.ts';
import { ListPager, listText, type ObjectPage, pageMetadata, selection } from './object-list.ts';
import type { ObjectRegistry, WriteOptions } from './object-registry.ts';
import type { ObjectStorage, StoredObject } from './object-storage.ts';
import { parseObject, type RequestBody } from './request-body.ts';
import { tableOf } from './table-output.ts';

export interface ResourceCall {
  readonly resource: ResourceRequest;
  readonly query: URLSearchParams;
  readonly body: RequestBody;
  readonly userAgent: string;
  /** Set when the answer is wanted as rows: what each row carries of its object. */
  readonly tableObject: string | null;
}

export interface Answer {
  readonly code: number;
  /** JSON. */
  readonly text: string;
}

export class ResourceHandler {
  readonly #storage: ObjectStorage;
  readonly #registry: ObjectRegistry;
  readonly #pager: ListPager;

  constructor(storage: ObjectStorage, registry: ObjectRegistry) {
    this.#storage = storage;
    this.#registry = registry;
    this.#pager = new ListPager(storage);
  }

  /** Half-read lists expire. */
  forgetContinuations(): void {
    this.#pager.forget();
  }

  answer(call: ResourceCall): Answer {
    const { verb, kind, subresource } = call.resource;
    if (subresource !== '' && !(subresource === 'status' && kind.hasStatus)) throw noSuchPath();
    switch (verb) {
      case 'get':
        return served(call, 200, this.#registry.get(call.resource));
      case 'list':
        return this.#list(call);
      case 'create':
        return this.#create(call);
      case 'update':
        return this.#update(call, () => parseObject(call.body));
      case 'patch':
        return call.body.contentType.startsWith('application/apply-patch')
          ? this.#apply(call)
          : this.#update(call, (current) => applyPatch(call.body, current));
      case 'delete':
        return this.#delete(call);
      case 'deletecollection':
        return this.#deleteCollection(call);
      case 'watch':
        throw methodNotAllowed();
    }
  }

  #list(call: ResourceCall): Answer {
    const { kind, namespace } = call.resource;
    const page = this.#pager.page(kind, namespace, call.query);
    if (call.tableObject !== null) return json(200, pageTable(call, page));
    const textOf = isEventsGroup(kind)
      ? ({ object }: StoredObject) => JSON.stringify(toServed(kind, object))
      : ({ text }: StoredObject) => text;
    return { code: 200, text: listText(kind, page, page.items.map(textOf)) };
  }

  #create(call: ResourceCall): Answer {
    const { kind, namespace, name } = call.resource;
    if (name !== '') throw methodNotAllowed();
    const body = toStored(kind, parseObject(call.body));
    const inside = namespace === '' ? String(fieldsOf(body.metadata).namespace ?? '') : namespace;
    if (kind.isNamespaced && inside === '') {
      throw badRequest('an empty namespace may not be set during creation');
    }
    return served(call, 201, this.#registry.create(kind, inside, body, writeOptions(call)));
  }

  #update(call: ResourceCall, change: (current: ApiObject) => Fields): Answer {
    const { kind } = call.resource;
    const stored = (current: ApiObject) => toStored(kind, change(toServed(kind, current)));
    return served(call, 200, this.#registry.update(call.resource, stored, writeOptions(call)));
  }

  #apply(call: ResourceCall): Answer {
    const { resource, query, body } = call;
    if (!query.get('fieldManager')) throw badRequest('fieldManager is required for apply patch');
    const config = toStored(resource.kind, parseObject(body));
    const isForced = query.get('force') === 'true';
    const exists = this.#registry.find(resource) !== undefined;
    const applied = this.#registry.apply(resource, config, { ...writeOptions(call), isForced });
    return served(call, exists ? 200 : 201, applied);
  }

  #delete(call: ResourceCall): Answer {
    const { resource, body } = call;
    const options = body.text === '' ? {} : parseObject(body);
    const preconditions = fieldsOf(options.preconditions);
    const { isDryRun = false } = writeOptions(call);
    const isSlow = resource.kind.kind === 'Namespace' && !isDryRun;
    const how = { isDryRun: isDryRun || isSlow };
    const deleted = this.#registry.delete(resource, preconditions, how);
    if (isSlow) this.#registry.terminateNamespace(resource.name);
    const { name, uid } = deleted.metadata;
    return json(200, successStatus(resource.kind, name, uid));
  }

  #deleteCollection({ resource: { kind, namespace }, query }: ResourceCall): Answer {
    const isWanted = selection(kind, namespace, query);
    const doomed = this.#storage.list(kind).filter(({ object }) => isWanted(object));
    for (const { object } of doomed) {
      const { name, namespace: inside = '' } = object.metadata;
      this.#registry.delete({ kind, namespace: inside, name });
    }
    const head = { kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind) };
    const metadata = { resourceVersion: String(this.#storage.revision) };
    return json(200, { ...head, metadata, items: doomed.map(({ object }) => object) });
  }
}

function served(call: ResourceCall, code: number, object: ApiObject): Answer {
  const { resource, tableObject } = call;
  if (tableObject === null) return json(code, toServed(resource.kind, object));
  return json(code, objectTable(object, tableObject));
}

/** One object as a Table of one row. */
export function objectTable(object: ApiObject, includeObject: string): Fields {
  const { resourceVersion } = object.metadata;
  const metadata = { resourceVersion };
  const row = { kind: object.kind, objects: [object], metadata, includeObject };
  return tableOf({ ...row, nowMs: Date.now() });
}

function pageTable({ resource, tableObject }: ResourceCall, page: ObjectPage): Fields {
  return tableOf({
    kind: resource.kind.kind,
    objects: page.items.map(({ object }) => object),
    metadata: pageMetadata(page),
    includeObject: tableObject ?? '',
    nowMs: Date.now(),
  });
}

function json(code: number, value: unknown): Answer {
  return { code, text: `${JSON.stringify(value)}\n` };
}

function writeOptions({ resource, query, userAgent }: ResourceCall): WriteOptions {
  const isDryRun = query.get('dryRun') === 'All';
  const manager = query.get('fieldManager') ?? userAgent.split('/')[0] ?? '';
  return { isDryRun, manager, door: resource.subresource === 'status' ? 'status' : 'main' };
}
