// A network and a disk of one's own, which faults may cut and fill, where the kernel lets anybody
// have them: Linux namespaces, by `unshare`.

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SYSCTL = '/proc/sys/net/ipv4/tcp_migrate_req';
/** $1 becomes the disk; the rest is what to run. */
const SCRIPT = [
  'ip link set lo up',
  `echo 1 > ${SYSCTL}`,
  'mount -t tmpfs -o size=24m tmpfs "$1"',
  'shift',
  'exec "$@"',
].join(' && ');

/** Whether the kernel hands waiting connections to who still listens. */
export function migratesRequests(): boolean {
  try {
    return readFileSync(SYSCTL, 'utf8').trim() === '1';
  } catch {
    return false;
  }
}

/**
 * Runs this program again with `args` and a directory that is a small disk, in a network of its
 * own. Returns its exit code, or why that is not possible here.
 */
export function runConfined(args: (disk: string) => readonly string[]): number | string {
  const disk = mkdtempSync(join(tmpdir(), 'headgate-chaos-'));
  try {
    const probe = unshare(disk, ['true'], 'pipe');
    if (probe.status !== 0) return probe.error?.message ?? String(probe.stderr).trim();
    return unshare(disk, [process.execPath, ...args(disk)], 'inherit').status ?? 1;
  } finally {
    rmSync(disk, { recursive: true });
  }
}

function unshare(
  disk: string,
  command: readonly string[],
  stdio: 'pipe' | 'inherit',
): SpawnSyncReturns<Buffer> {
  return spawnSync('unshare', ['-rmn', 'sh', '-c', SCRIPT, 'sh', disk, ...command], { stdio });
}
