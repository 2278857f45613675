// Whether the kernel gives the waiting connections of a listener that closes to another one of its
// port. Reads, says what to do, and changes nothing.

import { readFile } from 'node:fs/promises';
import type { Log } from '#base/log.ts';

/** Of the network namespace that this process is in. */
const SYSCTL_FILE = '/proc/sys/net/ipv4/tcp_migrate_req';

/**
 * Says so if an upgrade may reset connections whose handshake is under way when a port closes. No
 * kernel has it unless it is told to, and nothing is wrong until then: that is no warning.
 */
export async function checkMigrateRequests(log: Log, file: string = SYSCTL_FILE): Promise<void> {
  const value = await readFile(file, 'utf8').catch(() => null);
  if (value?.trim() === '1') return;
  const remedy = 'sysctl -w net.ipv4.tcp_migrate_req=1 on the node';
  log.info('connections that are being opened when this process ends may be reset', {
    remedy: value === null ? `Linux 5.14, and ${remedy}` : remedy,
  });
}
