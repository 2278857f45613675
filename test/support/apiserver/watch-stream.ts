// One watch: changes of one kind, chosen by selectors, as lines of JSON. It decides which events a
// client sees and how they are written; where the lines go, and what befalls them, is not its own.

import { type ApiKind, apiVersionOf } from './api-kinds.ts';
import type { ApiObject, Fields } from './api-object.ts';
import { expired } from './api-status.ts';
import { parseVersion, selection } from './object-list.ts';
import type { ObjectStorage, StorageEvent, StoredObject } from './object-storage.ts';
import type { ObjectPredicate } from './selectors.ts';

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

export interface WatchEvent {
  readonly type: WatchEventType;
  /** Whose event this is; empty for a bookmark or an error. */
  readonly key: string;
  readonly object: Fields;
}

export interface WatchOptions {
  readonly kind: ApiKind;
  readonly namespace: string;
  readonly query: URLSearchParams;
  readonly send: (event: WatchEvent) => void;
}

const INITIAL_EVENTS_END = { 'k8s.io/initial-events-end': 'true' };

export class WatchStream {
  readonly #storage: ObjectStorage;
  readonly #options: WatchOptions;
  readonly #isWanted: ObjectPredicate;
  readonly #stop: () => void;
  /** False when the history that the client asks for is gone, and it has been told. */
  readonly isOpen: boolean;

  /** Sends what is due at once. Throws StatusError for a query that cannot be read. */
  constructor(storage: ObjectStorage, options: WatchOptions) {
    const { kind, namespace, query } = options;
    this.#storage = storage;
    this.#options = options;
    this.#isWanted = selection(kind, namespace, query);
    this.isOpen = this.#begin(query.get('resourceVersion') ?? '');
    this.#stop = this.isOpen ? storage.subscribe(kind, (event) => this.#pass(event)) : () => {};
  }

  /** Tells how far the client has seen, if it asked to be told. */
  bookmark(annotations?: Fields): void {
    const { kind, query, send } = this.#options;
    if (query.get('allowWatchBookmarks') !== 'true') return;
    const resourceVersion = String(this.#storage.revision);
    const metadata = {
      resourceVersion,
      creationTimestamp: null,
      ...(annotations && { annotations }),
    };
    send({
      type: 'BOOKMARK',
      key: '',
      object: { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata },
    });
  }

  close(): void {
    this.#stop();
  }

  /** False when the history that the client asks for is gone. */
  #begin(versionText: string): boolean {
    const { kind, query, send } = this.#options;
    const version = parseVersion(versionText);
    const isStreamingList = query.get('sendInitialEvents') === 'true';
    if (isStreamingList || version === 0) {
      for (const { key, object } of this.#storage.list(kind)) {
        if (this.#isWanted(object)) send({ type: 'ADDED', key, object });
      }
      if (isStreamingList) this.bookmark(INITIAL_EVENTS_END);
      return true;
    }
    const changes = this.#storage.changesAfter(kind, version);
    if (changes === null) {
      const message = `too old resource version: ${version} (${this.#storage.revision})`;
      send({ type: 'ERROR', key: '', object: expired(message).status });
      return false;
    }
    for (const change of changes) this.#pass(change);
    return true;
  }

  #pass({ before, after, revision }: StorageEvent): void {
    const was = before !== null && this.#isWanted(before.object);
    const is = after !== null && this.#isWanted(after.object);
    const { send } = this.#options;
    if (is) {
      send({ type: was ? 'MODIFIED' : 'ADDED', key: after.key, object: after.object });
    } else if (was) {
      send({ type: 'DELETED', key: before.key, object: asOf(before, revision) });
    }
  }
}

/** What is deleted, or leaves a selection, is shown as it was, with the version of the change. */
function asOf({ object }: StoredObject, revision: number): ApiObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}
