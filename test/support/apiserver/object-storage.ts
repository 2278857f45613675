// The objects of all kinds, the one counter of versions, and the history of changes that watches
// replay. It checks nothing: what is written here has passed the rules already.

import { type ApiKind, qualifiedResource } from './api-kinds.ts';
import type { ApiObject } from './api-object.ts';

/** One version of one object. */
export class StoredObject {
  readonly key: string;
  readonly object: ApiObject;
  #text: string | null = null;

  constructor(key: string, object: ApiObject) {
    this.key = key;
    this.object = object;
  }

  /** JSON without kind and apiVersion, as the items of a list are sent; made once. */
  get text(): string {
    const { apiVersion, kind, ...fields } = this.object;
    this.#text ??= JSON.stringify(fields);
    return this.#text;
  }
}

export interface StorageEvent {
  readonly revision: number;
  readonly before: StoredObject | null;
  /** Null when the object was deleted. */
  readonly after: StoredObject | null;
}

type Listener = (event: StorageEvent) => void;

/** Changes of one kind that a watch can go back to; etcd keeps those of about five minutes. */
const HISTORY_EVENTS_MAX = 100_000;

class Table {
  readonly objects = new Map<string, StoredObject>();
  readonly listeners = new Set<Listener>();
  history: StorageEvent[] = [];
  /** Changes up to this revision are forgotten. */
  compactedRevision = 0;
  #sortedKeys: readonly string[] | null = null;

  put(key: string, stored: StoredObject | null): void {
    if (stored === null || !this.objects.has(key)) this.#sortedKeys = null;
    if (stored === null) this.objects.delete(key);
    else this.objects.set(key, stored);
  }

  record(event: StorageEvent): void {
    this.history.push(event);
    // Half at a time, so that a long history costs nothing per change.
    if (this.history.length > HISTORY_EVENTS_MAX) this.forget(HISTORY_EVENTS_MAX / 2);
  }

  forget(count: number): void {
    const last = this.history[count - 1];
    if (last === undefined) return;
    this.compactedRevision = last.revision;
    this.history = this.history.slice(count);
  }

  sorted(): readonly StoredObject[] {
    this.#sortedKeys ??= [...this.objects.keys()].sort();
    return this.#sortedKeys.map((key) => this.objects.get(key) as StoredObject);
  }
}

export class ObjectStorage {
  readonly #tables = new Map<string, Table>();
  #revision = 1;
  #uids = 0;

  get revision(): number {
    return this.#revision;
  }

  /** Unlike any other of this storage; the shape is that of a version 4 UUID. */
  nextUid(): string {
    this.#uids += 1;
    return `5eed0000-0000-4000-8000-${this.#uids.toString(16).padStart(12, '0')}`;
  }

  read(kind: ApiKind, key: string): StoredObject | undefined {
    return this.#table(kind).objects.get(key);
  }

  /** All objects of a kind, in the order of their keys. The list does not follow later changes. */
  list(kind: ApiKind): readonly StoredObject[] {
    return this.#table(kind).sorted();
  }

  put(kind: ApiKind, key: string, object: ApiObject): ApiObject {
    const stored = new StoredObject(key, this.#versioned(object));
    this.#commit(kind, key, stored);
    return stored.object;
  }

  /** The deleted object, with the version of its deletion; undefined if there was none. */
  delete(kind: ApiKind, key: string): ApiObject | undefined {
    const before = this.read(kind, key);
    if (before === undefined) return undefined;
    this.#commit(kind, key, null);
    return before.object;
  }

  /** What happened after `revision`, the oldest first; null when that is forgotten in part. */
  changesAfter(kind: ApiKind, revision: number): readonly StorageEvent[] | null {
    const { history, compactedRevision } = this.#table(kind);
    if (revision < compactedRevision) return null;
    const first = history.findLastIndex((event) => event.revision <= revision) + 1;
    return history.slice(first);
  }

  /** Calls `listener` at each change of that kind, until the result is called. */
  subscribe(kind: ApiKind, listener: Listener): () => void {
    const { listeners } = this.#table(kind);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Forgets all history: a watch from before has to list again. */
  compact(): void {
    for (const table of this.#tables.values()) {
      table.history = [];
      table.compactedRevision = this.#revision;
    }
  }

  #commit(kind: ApiKind, key: string, after: StoredObject | null): void {
    const table = this.#table(kind);
    const before = table.objects.get(key) ?? null;
    if (after === null) this.#revision += 1;
    const event = { revision: this.#revision, before, after };
    table.put(key, after);
    table.record(event);
    for (const listener of [...table.listeners]) listener(event);
  }

  #versioned(object: ApiObject): ApiObject {
    this.#revision += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#revision) };
    return { ...object, metadata };
  }

  #table(kind: ApiKind): Table {
    // Both groups of Event are views of one table.
    const name = kind.kind === 'Event' ? 'events' : qualifiedResource(kind);
    let table = this.#tables.get(name);
    if (table === undefined) {
      table = new Table();
      this.#tables.set(name, table);
    }
    return table;
  }
}
