// Finds out whether a port is free before the workers share it, unless it is to be shared. Sockets
// with SO_REUSEPORT open beside each other without complaint, so a second process would take a part
// of the connections of the first, and nobody would notice.

import { createServer } from 'node:net';
import type { ListenAddress } from '#protocol/messages.ts';
import { ListenError } from './listen-error.ts';

/** Rejects with a ListenError if anybody listens there, or if we may not. Port 0 is always free. */
export function probePort(address: ListenAddress): Promise<void> {
  if (address.port === 0) return Promise.resolve();
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', (error: NodeJS.ErrnoException) => {
      reject(new ListenError(address, error.code ?? error.message));
    });
    probe.listen(address.port, address.host, () => probe.close(() => resolve()));
  });
}
