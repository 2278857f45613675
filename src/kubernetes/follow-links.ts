// path -> the real path behind its symbolic links, naming on the way each directory entry that
// decides the answer. A Kubernetes ConfigMap mount changes by swapping such a link (`..data`).

import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { limits } from '#base/limits.ts';

/** Told of an entry `name` of the real directory `directory`; a null name means all entries. */
export type Visit = (directory: string, name: string | null) => void;

/**
 * The real path, or null where nothing is there or the links do not end. Visits each link, and
 * the entry that is missing. Throws the errors of lstat other than ENOENT and ENOTDIR.
 */
export function followLinks(path: string, visit: Visit): string | null {
  const names = segments(resolve(path));
  let real = '/';
  let links = 0;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (name === '..') {
      real = dirname(real);
      continue;
    }
    const entry = join(real, name);
    const found = lstatSync(entry, { throwIfNoEntry: false });
    if (found === undefined || found.isSymbolicLink()) visit(real, name);
    if (found === undefined) return null;
    if (!found.isSymbolicLink()) {
      real = entry;
      continue;
    }
    links += 1;
    if (links > limits.manifestLinksMax) return null;
    const target = readlinkSync(entry);
    if (target.startsWith('/')) real = '/';
    names.unshift(...segments(target));
  }
  return real;
}

function segments(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}
