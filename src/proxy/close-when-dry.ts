// Closes a listener when nobody waits in its accept queue: the kernel resets those who do, also
// where another process listens on the port. It does not know what becomes of the connections.

import type { Server } from 'node:net';
import { limits } from '#base/limits.ts';

/**
 * Resolves when the listener is closed; connections that it has accepted stay open.
 *
 * Node accepts one connection of a listener with each turn of the event loop, so a turn that has
 * brought none found the queue empty, and what was quick left no time for another one to come. A
 * client that has sent its SYN and not its last ACK, a round trip, is lost all the same, unless the
 * kernel gives it to another listener (net.ipv4.tcp_migrate_req).
 */
export function closeWhenDry(server: Server): Promise<void> {
  return new Promise((resolve) => {
    let accepted = 0;
    let seen = -1;
    let turns = 0;
    let lookedAtMs = performance.now();
    server.on('connection', () => {
      accepted += 1;
    });
    const look = (): void => {
      turns += 1;
      const nowMs = performance.now();
      const isQuick = nowMs - lookedAtMs < limits.drainTurnMs;
      const isDry = accepted === seen && isQuick;
      seen = accepted;
      lookedAtMs = nowMs;
      // The first look comes in the turn that brought the order, and may have missed its poll.
      if (!isDry && turns < limits.drainTurnsMax) {
        setImmediate(look);
        return;
      }
      server.close();
      resolve();
    };
    setImmediate(look);
  });
}
