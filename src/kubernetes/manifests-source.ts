// The manifests source: keeps the Store equal to the files below some directories, by inotify. It
// decides when to look; ManifestTree looks.

import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { limits } from '#base/limits.ts';
import type { Problem } from '#base/problem.ts';
import { type DirectoryEvent, DirectoryWatch } from './directory-watch.ts';
import type { ManifestLog } from './manifest-set.ts';
import { ManifestTree } from './manifest-tree.ts';
import { Settle } from './settle.ts';
import type { Store } from './store.ts';

export interface ManifestsSourceOptions {
  readonly directories: readonly string[];
  readonly store: Store;
  /** Called after each batch of changes that mattered to the Store or changed the Problems. */
  readonly onChange: () => void;
  readonly log: ManifestLog;
}

/** The key under which Settle holds the whole tree, beside the real paths of files. */
const TREE = '';

export class ManifestsSource {
  readonly #onChange: () => void;
  readonly #log: ManifestLog;
  readonly #tree: ManifestTree;
  readonly #watch: DirectoryWatch;
  readonly #settle = new Settle();
  /** For each watched directory the entries that matter; null for all of them. */
  #watched = new Map<string, Set<string> | null>();
  #watchFailures = 0;
  #problems: readonly Problem[] = [];
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor({ directories, store, onChange, log }: ManifestsSourceOptions) {
    this.#onChange = onChange;
    this.#log = log;
    this.#tree = new ManifestTree({ directories, store, log });
    this.#watch = new DirectoryWatch({
      onEvent: (event) => this.#note(event),
      onFailure: (directory, code) => this.#noteFailure(directory, code),
    });
  }

  get problems(): readonly Problem[] {
    return this.#problems;
  }

  /** Resolves when everything has been read once; `onChange` is for what comes after. */
  async start(): Promise<void> {
    this.#scan(new Set());
    this.#problems = this.#tree.problems();
    this.#arm();
  }

  close(): void {
    this.#isClosed = true;
    this.#watch.close();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  get #isPolling(): boolean {
    return this.#watchFailures >= limits.manifestWatchErrorsMax;
  }

  #note({ directory, name, isContent }: DirectoryEvent): void {
    const names = this.#watched.get(directory);
    const isOfInterest =
      name === null || name === basename(directory) || names?.has(name) !== false;
    if (!isOfInterest) return;
    const path = join(directory, name ?? '');
    // What is written into files that are no manifests does not matter. One that appeared a moment
    // ago is not known yet, but it is awaited.
    if (isContent && !this.#tree.has(path) && !this.#settle.has(path)) return;
    const nowMs = performance.now();
    this.#settle.note(path, nowMs);
    if (!isContent) this.#settle.note(TREE, nowMs);
    if (this.#settle.size > limits.manifestEventsMax) {
      this.#settle.clear();
      this.#settle.note(TREE, nowMs);
    }
    this.#arm();
  }

  #noteFailure(directory: string, code: string): void {
    // ENOENT: gone before it could be watched, of which the directory above tells.
    if (code === 'ENOENT' || this.#isPolling) return;
    // ENOSPC, EMFILE: the user has no inotify watches or instances left.
    const isExhausted = code === 'ENOSPC' || code === 'EMFILE';
    this.#watchFailures = isExhausted ? limits.manifestWatchErrorsMax : this.#watchFailures + 1;
    this.#log.warn('a directory cannot be watched', { directory, code });
    if (this.#isPolling) {
      const intervalMs = limits.manifestRescanMs;
      this.#log.warn('changes are looked for in intervals from here on', { intervalMs });
    }
    this.#settle.note(TREE, performance.now());
    this.#arm();
  }

  #arm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#isClosed) return;
    const longestMs = this.#isPolling ? limits.manifestRescanMs : Infinity;
    const delayMs = Math.min((this.#settle.dueMs() ?? Infinity) - performance.now(), longestMs);
    if (delayMs !== Infinity) {
      this.#timer = setTimeout(() => this.#look(), Math.max(0, Math.ceil(delayMs)));
    }
  }

  #look(): void {
    const due = new Set(this.#settle.take(performance.now()));
    const isWhole = due.has(TREE) || (due.size === 0 && this.#isPolling);
    const didMatter = isWhole ? this.#scan(due) : this.#read(due);
    const problems = this.#tree.problems();
    const areSame = isDeepStrictEqual(problems, this.#problems);
    this.#problems = problems;
    this.#arm();
    if (didMatter || !areSame) this.#onChange();
  }

  #read(paths: ReadonlySet<string>): boolean {
    const results = [...paths].map((path) => this.#tree.read(path));
    return results.includes(true);
  }

  #scan(force: ReadonlySet<string>): boolean {
    const watched = new Map<string, Set<string> | null>();
    let hasOpened = false;
    const visit = (directory: string, name: string | null): void => {
      const names = watched.get(directory);
      if (name === null) watched.set(directory, null);
      else if (names !== null) watched.set(directory, (names ?? new Set()).add(name));
      if (!this.#isPolling && this.#watch.open(directory)) hasOpened = true;
    };
    const isUnsettled = (realPath: string): boolean => this.#settle.has(realPath);
    const didMatter = this.#tree.scan({ visit, force, isUnsettled });
    this.#watched = watched;
    this.#watch.keepOnly(watched);
    // What changed between a look at a directory and its first watch had no event.
    if (hasOpened) this.#settle.note(TREE, performance.now());
    return didMatter;
  }
}
