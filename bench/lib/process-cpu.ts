// What the kernel says about a process: CPU time and resident memory, from /proc.

import { readFileSync } from 'node:fs';

/** USER_HZ, which Linux fixes at 100 for everything it tells user space. */
const TICKS_PER_SECOND = 100;
const UTIME_FIELD = 11;
const STIME_FIELD = 12;

/** User and system CPU time of all threads so far, in microseconds; steps of 10 ms (proc(5)). */
export function readCpuUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field is the program's name in brackets and may itself hold blanks and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[UTIME_FIELD]) + Number(fields[STIME_FIELD]);
  return (ticks * 1_000_000) / TICKS_PER_SECOND;
}

/**
 * Pss in bytes: a page that several processes have counts for each by its share. 0 of a process
 * that has gone.
 */
export function readSharedFairly(pid: number): number {
  try {
    const line = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'));
    return Number(line?.[1] ?? 0) * 1_024;
  } catch {
    return 0;
  }
}

/** VmRSS in bytes. */
export function readResidentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return Number(line?.[1] ?? Number.NaN) * 1_024;
}
