// The manifest directories on disk, read into a ManifestSet. It looks when it is told to; it does
// not know how anybody learns that something changed.

import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { limits } from '#base/limits.ts';
import type { Problem } from '#base/problem.ts';
import type { Visit } from './follow-links.ts';
import { type FoundFile, type ListingFault, listManifests, signatureOf } from './list-manifests.ts';
import { type ManifestLog, ManifestSet } from './manifest-set.ts';
import type { Store } from './store.ts';

export interface ManifestTreeOptions {
  readonly directories: readonly string[];
  readonly store: Store;
  readonly log: ManifestLog;
}

export interface ScanOptions {
  readonly visit: Visit;
  /** Real paths to read although they look unchanged. */
  readonly force: ReadonlySet<string>;
  /** Says of a real path that it is being written, and will be read soon anyway. */
  readonly isUnsettled: (realPath: string) => boolean;
}

export class ManifestTree {
  readonly #directories: readonly string[];
  readonly #set: ManifestSet;
  /** What is known of each file; the signature is that of the content last read. */
  readonly #files = new Map<string, FoundFile>();
  /** Several paths lead to one file where there are symbolic links. */
  #pathsByReal: ReadonlyMap<string, readonly string[]> = new Map();
  #faults: readonly ListingFault[] = [];

  constructor({ directories, store, log }: ManifestTreeOptions) {
    this.#directories = directories;
    this.#set = new ManifestSet(store, log);
  }

  /** Looks at all directories and reads what changed. True if it mattered to the Store. */
  scan({ visit, force, isUnsettled }: ScanOptions): boolean {
    const { files, faults } = listManifests(this.#directories, visit);
    this.#faults = faults;
    this.#pathsByReal = Map.groupBy(files.keys(), (path) => files.get(path)?.realPath ?? '');
    let didMatter = false;
    for (const [path, { realPath, signature }] of files) {
      const known = this.#files.get(path);
      const isSame = known?.signature === signature && known.realPath === realPath;
      if (isSame && !force.has(realPath)) continue;
      this.#files.set(path, { realPath, signature: known?.signature ?? '' });
      if (!isUnsettled(realPath) && this.#read(path, realPath)) didMatter = true;
    }
    for (const path of this.#files.keys()) {
      if (files.has(path) || isUnknown(path, faults)) continue;
      this.#files.delete(path);
      if (this.#set.delete(path)) didMatter = true;
    }
    return didMatter;
  }

  /** True if the file at this real path is one of the manifests. */
  has(realPath: string): boolean {
    return this.#pathsByReal.has(realPath);
  }

  /** Reads one file that is known already. True if it mattered to the Store. */
  read(realPath: string): boolean {
    const paths = this.#pathsByReal.get(realPath) ?? [];
    return paths.map((path) => this.#read(path, realPath)).includes(true);
  }

  problems(): Problem[] {
    const unreadable = this.#faults.map(({ path, message }) => ({
      object: null,
      field: '',
      reason: 'Unreadable',
      message: `${message}; what it last gave stays in force`,
      position: { file: path, line: 1 },
    }));
    return [...unreadable, ...this.#set.problems()];
  }

  #read(path: string, realPath: string): boolean {
    let descriptor: number | null = null;
    try {
      // Without O_NONBLOCK, a FIFO put in the place of the file would stop the process here.
      descriptor = openSync(realPath, constants.O_RDONLY | constants.O_NONBLOCK);
      const stats = fstatSync(descriptor);
      this.#files.set(path, { realPath, signature: signatureOf(stats) });
      if (stats.isFile() && stats.size <= limits.manifestFileBytesMax) {
        return this.#set.update(path, readFileSync(descriptor));
      }
      this.#set.refuse(path, 'Unreadable', `larger than ${limits.manifestFileBytesMax} bytes`);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A file that is gone is gone once a scan says so: perhaps its whole directory is.
      if (code === undefined) throw error;
      if (code !== 'ENOENT') this.#set.refuse(path, 'Unreadable', `cannot be read: ${code}`);
    } finally {
      if (descriptor !== null) closeSync(descriptor);
    }
    return false;
  }
}

/** True below a path that could not be looked at, and wherever not all such paths were told. */
function isUnknown(path: string, faults: readonly ListingFault[]): boolean {
  if (faults.length >= limits.listingFaultsMax) return true;
  return faults.some((fault) => !relative(fault.path, path).startsWith('..'));
}
