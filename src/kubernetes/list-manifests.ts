// Directories -> the manifest files below them. It reads no file; it names the directories whose
// entries decide the answer, so that they can be watched.

import { type Dirent, readdirSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, normalize, resolve } from 'node:path';
import { limits } from '#base/limits.ts';
import { followLinks, type Visit } from './follow-links.ts';

export interface ManifestListing {
  /** By path as it was given, joined with the path below it. */
  readonly files: ReadonlyMap<string, FoundFile>;
  readonly faults: readonly ListingFault[];
}

export interface FoundFile {
  readonly realPath: string;
  /** Differs when the file was replaced or written. */
  readonly signature: string;
}

/** A path that could not be looked at. What is at it or below it is unknown, not gone. */
export interface ListingFault {
  readonly path: string;
  readonly message: string;
}

const MANIFEST_NAME = /\.(?:ya?ml|json)$/;

/**
 * Lists every *.yaml, *.yml and *.json below the directories, through symbolic links too. Names
 * that begin with a dot are passed over: they belong to editors, to git, and to the machinery of
 * ConfigMap mounts. A directory may also be a single file.
 */
export function listManifests(directories: readonly string[], visit: Visit): ManifestListing {
  const walk = new Walk(visit);
  for (const directory of new Set(directories.map(normalize))) walk.root(directory);
  return walk;
}

class Walk implements ManifestListing {
  readonly files = new Map<string, FoundFile>();
  readonly faults: ListingFault[] = [];
  readonly #visit: Visit;
  /** Absolute paths met, so that nested or repeated directories give each file once. */
  readonly #met = new Set<string>();
  #directoryCount = 0;

  constructor(visit: Visit) {
    this.#visit = visit;
  }

  root(path: string): void {
    this.#guard(path, () => {
      const real = followLinks(path, this.#visit);
      const stats = real === null ? undefined : statSync(real, { throwIfNoEntry: false });
      if (real === null || stats === undefined) this.#fault(path, 'there is nothing here');
      else if (stats.isDirectory()) this.#directory(path, real, []);
      else this.#linkedFile(path, real, stats);
    });
  }

  #directory(path: string, real: string, ancestors: readonly string[]): void {
    // A link to an ancestor: everything below it is listed already.
    if (ancestors.includes(real) || this.#isMet(path)) return;
    this.#directoryCount += 1;
    if (this.#directoryCount > limits.manifestDirectoriesMax) {
      this.#fault(path, `not read: more than ${limits.manifestDirectoriesMax} directories`);
      return;
    }
    // Visited before it is read, so that whoever watches it misses no entry.
    this.#visit(real, null);
    const entries = readdirSync(real, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith('.')) continue;
      if (entry.isFile() && !MANIFEST_NAME.test(entry.name)) continue;
      const child = join(path, entry.name);
      this.#guard(child, () => this.#entry(child, { real, entry, ancestors }));
    }
  }

  #entry(path: string, { real, entry, ancestors }: EntryOf): void {
    const realEntry = join(real, entry.name);
    const target = entry.isSymbolicLink() ? followLinks(realEntry, this.#visit) : realEntry;
    const stats = target === null ? undefined : statSync(target, { throwIfNoEntry: false });
    const isManifest = MANIFEST_NAME.test(path);
    if (target === null || stats === undefined) {
      if (isManifest && entry.isSymbolicLink()) this.#fault(path, 'a link to nothing');
    } else if (stats.isDirectory()) {
      this.#directory(path, target, [...ancestors, real]);
    } else if (isManifest && entry.isSymbolicLink()) {
      this.#linkedFile(path, target, stats);
    } else if (isManifest) {
      this.#file(path, target, stats);
    }
  }

  #linkedFile(path: string, real: string, stats: Stats): void {
    this.#visit(dirname(real), basename(real));
    this.#file(path, real, stats);
  }

  #file(path: string, realPath: string, stats: Stats): void {
    if (!stats.isFile() || this.#isMet(path)) return;
    if (this.files.size === limits.manifestFilesMax) {
      this.#fault(path, `not read: more than ${limits.manifestFilesMax} files`);
      return;
    }
    this.files.set(path, { realPath, signature: signatureOf(stats) });
  }

  #isMet(path: string): boolean {
    const absolute = resolve(path);
    if (this.#met.has(absolute)) return true;
    this.#met.add(absolute);
    return false;
  }

  #guard(path: string, look: () => void): void {
    try {
      look();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      this.#fault(path, `cannot be read: ${code}`);
    }
  }

  #fault(path: string, message: string): void {
    if (this.faults.length < limits.listingFaultsMax) this.faults.push({ path, message });
  }
}

interface EntryOf {
  /** The real path of the directory that holds the entry. */
  readonly real: string;
  readonly entry: Dirent;
  readonly ancestors: readonly string[];
}

export function signatureOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string {
  return `${dev}:${ino}:${size}:${mtimeMs}:${ctimeMs}`;
}
