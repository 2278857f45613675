// The cluster source: keeps the Store equal to the cluster, by one list-and-watch loop for each
// kind and namespace. It decides what is watched, and which loops belong together; the loops watch.

import { limits } from '#base/limits.ts';
import type { Log } from '#base/log.ts';
import type { Problem } from '#base/problem.ts';
import type { ApiClient } from './api-client.ts';
import { ClusterContact, type WatchStatus } from './cluster-contact.ts';
import { type Collection, type CollectionScope, collectionsOf } from './collections.ts';
import { KindMirror } from './kind-mirror.ts';
import { ListAndWatch } from './list-and-watch.ts';
import { ResyncHold } from './resync-hold.ts';
import type { Store } from './store.ts';

export interface ClusterSourceOptions extends CollectionScope {
  readonly client: ApiClient;
  readonly store: Store;
  /** Called after each batch of changes that mattered to the Store or changed the Problems. */
  readonly onChange: () => void;
  readonly log: Log;
}

export class ClusterSource {
  readonly #options: ClusterSourceOptions;
  readonly #contact: ClusterContact;
  readonly #mirrors: KindMirror[] = [];
  readonly #watches: ListAndWatch[] = [];
  readonly #resync = new ResyncHold();
  #isStarted = false;
  #isChangeDue = false;
  /** For a change that is kept back. */
  #timer: NodeJS.Timeout | null = null;
  #problems: readonly Problem[] | null = null;

  constructor(options: ClusterSourceOptions) {
    this.#options = options;
    this.#contact = new ClusterContact(options.log);
    for (const collection of collectionsOf(options)) this.#add(collection);
  }

  /** Of objects that are not valid. */
  get problems(): readonly Problem[] {
    this.#problems ??= this.#mirrors.flatMap((mirror) => mirror.problems());
    return this.#problems;
  }

  get watches(): readonly WatchStatus[] {
    return this.#contact.statuses();
  }

  /**
   * Resolves when everything has been listed once, however long the server is away; `onChange` is
   * for what comes after.
   */
  async start(): Promise<void> {
    for (const watch of this.#watches) void watch.run();
    await Promise.all(this.#watches.map(({ firstListed }) => firstListed));
    this.#isStarted = true;
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const watch of this.#watches) watch.close();
  }

  #add({ kind, path, query, isOptional }: Collection): void {
    const { client, store, log } = this.#options;
    const mirror = new KindMirror({ kind, store, onChange: () => this.#noteChange() });
    this.#contact.add(path, kind.kind);
    const observer = {
      onContact: () => this.#noteContact(path),
      onForbidden: () => this.#contact.forbidden(path, performance.now()),
      onFailure: (error: Error) => this.#contact.failed(path, error, performance.now()),
      onFault: (error: unknown) => log.error('an object was passed over', { path, error }),
    };
    const silenceMaxMs = limits.watchSilenceMs;
    this.#mirrors.push(mirror);
    this.#watches.push(
      new ListAndWatch({ client, path, query, isOptional, mirror, observer, silenceMaxMs }),
    );
  }

  // Where one watch gets through, the others need not wait any longer.
  #noteContact(path: string): void {
    const nowMs = performance.now();
    const hasReturned = this.#contact.succeeded(path, nowMs);
    if (hasReturned) this.#resync.answered(this.#isWhole(), nowMs);
    if (this.#timer !== null) this.#tellWhenDue();
    if (hasReturned) for (const watch of this.#watches) watch.wake();
  }

  #isWhole(): boolean {
    return this.#contact.isAnswered && !this.#watches.some(({ isBehind }) => isBehind);
  }

  // The lines of a watch that came together are one change.
  #noteChange(): void {
    this.#problems = null;
    if (this.#isChangeDue || !this.#isStarted) return;
    this.#isChangeDue = true;
    if (this.#resync.waitMs(performance.now()) > 0) this.#tellWhenDue();
    else queueMicrotask(() => this.#tell());
  }

  #tellWhenDue(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const nowMs = performance.now();
    this.#resync.reconsider(this.#isWhole(), nowMs);
    const waitMs = this.#resync.waitMs(nowMs);
    if (waitMs > 0) this.#timer = setTimeout(() => this.#tellWhenDue(), Math.ceil(waitMs));
    else this.#tell();
  }

  #tell(): void {
    this.#isChangeDue = false;
    this.#options.onChange();
  }
}
