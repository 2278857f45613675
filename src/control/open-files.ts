// How many descriptors the process may have open, and what of them each worker may spend on its
// clients. Node raises the soft limit to the hard one when it starts.

import { readFileSync } from 'node:fs';
import { limits } from '#base/limits.ts';

const LINE = /^Max open files +(\d+|unlimited) /m;
/** Each client may have a connection to an upstream under way, and one idle is left behind. */
const DESCRIPTORS_PER_CLIENT = 3;

/** The soft limit (RLIMIT_NOFILE); no bound where the system does not tell. */
export function openFilesMax(path = '/proc/self/limits'): number {
  let text = '';
  try {
    text = readFileSync(path, 'latin1');
  } catch {
    return Number.POSITIVE_INFINITY;
  }
  const [, count] = LINE.exec(text) ?? [];
  return count === undefined || count === 'unlimited' ? Number.POSITIVE_INFINITY : Number(count);
}

/** Client connections for each of `workerCount` workers, so that descriptors never run out. */
export function connectionsPerWorker(descriptors: number, workerCount: number): number {
  const free = descriptors - limits.descriptorsReserved;
  const share = Math.floor(free / workerCount / DESCRIPTORS_PER_CLIENT);
  return Math.min(limits.downstreamConnectionsMax, Math.max(share, 1));
}
