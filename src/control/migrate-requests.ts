// Whether the kernel gives the waiting connections of a listener that closes to another one of its
// port. Reads, says what to do, and changes nothing.

import { readFile } from 'node:fs/promises';
import type { Log } from '#base/log.ts';

/** Of the network namespace that this process is in. Linux has it since 5.14. */
const SYSCTL_FILE = '/proc/sys/net/ipv4/tcp_migrate_req';

/** Warns if an upgrade may reset connections whose handshake is under way when a port closes. */
export async function checkMigrateRequests(log: Log, file: string = SYSCTL_FILE): Promise<void> {
  const value = await readFile(file, 'utf8').catch(() => 'unknown');
  if (value.trim() === '1') return;
  log.warn('connections that are being opened when this process ends may be reset', {
    remedy: 'sysctl -w net.ipv4.tcp_migrate_req=1 on the node',
    value: value.trim(),
  });
}
