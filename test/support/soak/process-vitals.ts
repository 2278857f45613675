// What the kernel holds for a process: its sockets, its other descriptors, its resident memory.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

export interface Vitals {
  readonly sockets: number;
  readonly otherDescriptors: number;
  readonly residentMiB: number;
}

/** Of any process of our own, from /proc. */
export function readVitals(pid: number): Vitals {
  const directory = `/proc/${pid}/fd`;
  const names = readdirSync(directory);
  const sockets = names.filter((name) => isSocket(join(directory, name))).length;
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return {
    sockets,
    otherDescriptors: names.length - sockets,
    residentMiB: Number(resident?.[1] ?? Number.NaN) / 1_024,
  };
}

/** A descriptor may be closed between the listing and the look. */
function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith('socket:');
  } catch {
    return false;
  }
}
