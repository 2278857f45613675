// Reads manifest directories once, for the commands that look and end.

import type { Problem } from '#base/problem.ts';
import type { ManifestLog } from './manifest-set.ts';
import { ManifestTree } from './manifest-tree.ts';
import { Store } from './store.ts';

const SILENT: ManifestLog = { info() {}, warn() {} };

/** The valid objects below the directories, and everything that is wrong with the others. */
export function readManifests(
  directories: readonly string[],
  log: ManifestLog = SILENT,
): { readonly store: Store; readonly problems: readonly Problem[] } {
  const store = new Store();
  const tree = new ManifestTree({ directories, store, log });
  tree.scan({ visit: () => {}, force: new Set(), isUnsettled: () => false });
  return { store, problems: tree.problems() };
}
