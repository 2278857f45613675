// The cluster source: keeps the Store equal to the cluster, by one list-and-watch loop for each
// kind and namespace. It decides what is watched, and which loops belong together; the loops watch.

import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '#base/limits.ts';
import type { Log } from '#base/log.ts';
import type { Problem } from '#base/problem.ts';
import type { ApiClient } from './api-client.ts';
import { ClusterContact, type WatchStatus } from './cluster-contact.ts';
import { type Collection, type CollectionScope, collectionsOf } from './collections.ts';
import { KindMirror } from './kind-mirror.ts';
import { ListAndWatch } from './list-and-watch.ts';
import { comesByType, namedSecrets, type SecretName, type SecretNames } from './named-secrets.ts';
import { ResyncHold } from './resync-hold.ts';
import { SecretLayers, type Sink } from './secret-layers.ts';
import type { Store } from './store.ts';

export interface ClusterSourceOptions extends CollectionScope {
  readonly client: ApiClient;
  readonly store: Store;
  /** Called after each batch of changes that mattered to the Store or changed the Problems. */
  readonly onChange: () => void;
  readonly log: Log;
}

interface Watched {
  readonly mirror: KindMirror;
  readonly watch: ListAndWatch;
}

export class ClusterSource {
  readonly #options: ClusterSourceOptions;
  readonly #contact: ClusterContact;
  readonly #secrets: SecretLayers;
  /** By path; those of one Secret by its path. */
  readonly #watched = new Map<string, Watched>();
  /** Of single Secrets, by the same. */
  readonly #followed = new Map<string, SecretName>();
  #cutNamespaces = '';
  readonly #resync = new ResyncHold();
  #isStarted = false;
  #isChangeDue = false;
  /** For a change that is kept back. */
  #timer: NodeJS.Timeout | null = null;
  #problems: readonly Problem[] | null = null;

  constructor(options: ClusterSourceOptions) {
    this.#options = options;
    this.#contact = new ClusterContact(options.log);
    const { store } = options;
    this.#secrets = new SecretLayers(store, (secret) => comesByType(secret, options));
    for (const collection of collectionsOf(options)) {
      const sink = collection.kind.kind === 'Secret' ? this.#secrets.byType : store;
      this.#add(collection.path, collection, sink);
    }
  }

  /** Of objects that are not valid. */
  get problems(): readonly Problem[] {
    this.#problems ??= [...this.#watched.values()].flatMap(({ mirror }) => mirror.problems());
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
    const watches = this.#watches();
    for (const watch of watches) void watch.run();
    await Promise.all(watches.map(({ firstListed }) => firstListed));
    this.#isStarted = true;
  }

  /**
   * Those that do not come because of their type are watched one by one, until they are named no
   * more. They arrive like any change. Resolves when those that were not watched before have been
   * read, or time is up: false if there were none.
   */
  follow(names: SecretNames): Promise<boolean> {
    const isCovered = (name: SecretName): boolean => this.#secrets.isCovered(name);
    const { collections, cut } = namedSecrets(names, this.#options, isCovered);
    for (const [path, secret] of this.#followed) {
      if (!collections.has(path)) this.#unfollow(path, secret);
    }
    const listed: Promise<void>[] = [];
    for (const [path, { secret, ...collection }] of collections) {
      if (this.#followed.has(path)) continue;
      this.#followed.set(path, secret);
      const watch = this.#add(path, collection, this.#secrets.byName);
      void watch.run();
      listed.push(watch.firstListed);
    }
    this.#tellCut(cut);
    if (listed.length === 0) return Promise.resolve(false);
    const late = delay(limits.namedSecretsFirstReadMs, true, { ref: false });
    return Promise.race([Promise.all(listed).then(() => true), late]);
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const watch of this.#watches()) watch.close();
  }

  #tellCut(namespaces: readonly string[]): void {
    const before = this.#cutNamespaces;
    this.#cutNamespaces = namespaces.join();
    if (namespaces.length === 0 || this.#cutNamespaces === before) return;
    const max = limits.namedSecretsMax;
    const fields = { max, namespaces };
    this.#options.log.warn(
      'too many Secrets that are no certificates, or missing, are named',
      fields,
    );
  }

  #watches(): ListAndWatch[] {
    return [...this.#watched.values()].map(({ watch }) => watch);
  }

  #unfollow(path: string, { namespace, name }: SecretName): void {
    const watched = this.#watched.get(path);
    watched?.watch.close();
    this.#followed.delete(path);
    this.#watched.delete(path);
    this.#contact.remove(path);
    const wasThere = this.#secrets.byName.delete({ kind: 'Secret', namespace, name });
    if (wasThere || watched?.mirror.problems().length !== 0) this.#noteChange();
  }

  /** `key` is what logs call it. */
  #add(key: string, { kind, path, query, isOptional }: Collection, store: Sink): ListAndWatch {
    const { client, log } = this.#options;
    const mirror = new KindMirror({ kind, store, onChange: () => this.#noteChange() });
    this.#contact.add(key, kind.kind);
    const observer = {
      onContact: () => this.#noteContact(key),
      onForbidden: () => this.#contact.forbidden(key, performance.now()),
      onFailure: (error: Error) => this.#contact.failed(key, error, performance.now()),
      onFault: (error: unknown) => log.error('an object was passed over', { path: key, error }),
    };
    const silenceMaxMs = limits.watchSilenceMs;
    const options = { client, path, query, isOptional, mirror, observer, silenceMaxMs };
    const watch = new ListAndWatch(options);
    this.#watched.set(key, { mirror, watch });
    return watch;
  }

  // Where one watch gets through, the others need not wait any longer.
  #noteContact(path: string): void {
    const nowMs = performance.now();
    const hasReturned = this.#contact.succeeded(path, nowMs);
    // A Secret that is named from this moment on is no server that comes back.
    const isReturn = hasReturned && !this.#followed.has(path);
    if (isReturn) this.#resync.answered(this.#isWhole(), nowMs);
    if (this.#timer !== null) this.#tellWhenDue();
    if (hasReturned) for (const watch of this.#watches()) watch.wake();
  }

  #isWhole(): boolean {
    return this.#contact.isAnswered && !this.#watches().some(({ isBehind }) => isBehind);
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
