// All manifest files together: which of several claims to one object counts, fed to the Store. It
// is given contents; it neither reads nor watches files.

import { limits } from '#base/limits.ts';
import type { Log } from '#base/log.ts';
import type { Problem } from '#base/problem.ts';
import { KINDS } from './kinds.ts';
import { type ManifestClaim, ManifestFile } from './manifest-file.ts';
import type { Store } from './store.ts';

export type ManifestLog = Pick<Log, 'info' | 'warn'>;

export class ManifestSet {
  readonly #store: Store;
  readonly #log: ManifestLog;
  readonly #files = new Map<string, ManifestFile>();
  /** The claims to each object: by path, then by position in the file. The first one counts. */
  readonly #claims = new Map<string, readonly ManifestClaim[]>();
  readonly #loggedKinds = new Set<string>();

  constructor(store: Store, log: ManifestLog) {
    this.#store = store;
    this.#log = log;
  }

  /** Takes the content of a file. True if it mattered to the Store. */
  update(path: string, content: Uint8Array): boolean {
    const file = this.#file(path);
    const before = file.claims;
    file.update(content);
    this.#logSkipped(file);
    return this.#replaceClaims({ path, before, after: file.claims });
  }

  /** Takes note of a file whose content cannot be had; what it gave stays. */
  refuse(path: string, reason: string, message: string): void {
    this.#file(path).refuse(reason, message);
  }

  /** Takes note that a file is gone. True if it mattered to the Store. */
  delete(path: string): boolean {
    const before = this.#files.get(path)?.claims ?? [];
    this.#files.delete(path);
    return this.#replaceClaims({ path, before, after: [] });
  }

  /** Sorted by file; of each file its own first, then the duplicates in it. */
  problems(): Problem[] {
    const duplicates = Map.groupBy(this.#duplicates(), (problem) => problem.position?.file);
    // Of thousands of files few have any, so those are put in order and not all.
    return Array.from(this.#files, ([path, file]) => ({
      path,
      problems: [...file.problems(), ...(duplicates.get(path) ?? [])],
    }))
      .filter(({ problems }) => problems.length > 0)
      .sort(byPath)
      .flatMap(({ problems }) => problems);
  }

  #file(path: string): ManifestFile {
    const file = this.#files.get(path) ?? new ManifestFile(path);
    this.#files.set(path, file);
    return file;
  }

  #replaceClaims({ path, before, after }: ClaimsChange): boolean {
    const own = Map.groupBy(after, (claim) => claim.key);
    const keys = new Set([...before, ...after].map((claim) => claim.key));
    let didMatter = false;
    for (const key of keys) {
      const claims = this.#claims.get(key) ?? [];
      const others = claims.filter((claim) => claim.path !== path);
      const merged = [...others, ...(own.get(key) ?? [])].sort(byPath);
      if (this.#decide(key, claims, merged)) didMatter = true;
    }
    return didMatter;
  }

  #decide(key: string, before: readonly ManifestClaim[], after: readonly ManifestClaim[]): boolean {
    const [first] = after;
    if (first !== undefined) {
      this.#claims.set(key, after);
      return this.#store.upsert(first.resource);
    }
    this.#claims.delete(key);
    return before[0] !== undefined && this.#store.delete(before[0].resource);
  }

  #duplicates(): Problem[] {
    return [...this.#claims.values()]
      .filter((claims) => claims.length > 1)
      .flatMap(([first, ...others]) => others.map((other) => duplicate(other, first)));
  }

  #logSkipped(file: ManifestFile): void {
    for (const { apiVersion, kind } of file.skipped) {
      const key = JSON.stringify([apiVersion, kind]);
      if (this.#loggedKinds.has(key) || this.#loggedKinds.size >= limits.skippedKindsMax) continue;
      this.#loggedKinds.add(key);
      const fields = { apiVersion, kind, file: file.path };
      // Such as an Ingress of extensions/v1beta1: its owner believes that it is served.
      const isOtherVersion = KINDS.some((row) => row.kind === kind);
      if (isOtherVersion) this.#log.warn('objects of another apiVersion are skipped', fields);
      else this.#log.info('objects of an unknown kind are skipped', fields);
    }
  }
}

interface ClaimsChange {
  readonly path: string;
  readonly before: readonly ManifestClaim[];
  readonly after: readonly ManifestClaim[];
}

/** Equal paths keep their order, which is that of the file. */
function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : Number(a.path > b.path);
}

function duplicate(other: ManifestClaim, first: ManifestClaim | undefined): Problem {
  const { kind, namespace, name, locate } = other.resource;
  const winner = first?.resource.locate?.('');
  return {
    object: { kind, namespace, name },
    field: '',
    reason: 'DuplicateObject',
    message: `${other.key} is already in ${JSON.stringify(winner?.file)}, line ${winner?.line}`,
    position: locate?.('') ?? null,
  };
}
