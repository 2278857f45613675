// Waits for a port that another process holds and will leave. It does not know what listens there.

import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '#base/limits.ts';
import type { Log } from '#base/log.ts';
import { ListenError } from './listen-error.ts';

/**
 * Calls `open` until the port is free, and resolves with what it gives; null if `signal` ends the
 * waiting. Rejects with whatever else keeps the port from being opened.
 */
export async function takeOverPort<T>(
  open: () => Promise<T>,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
): Promise<T | null> {
  let hasTold = false;
  while (!signal.aborted) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof ListenError) || error.code !== 'EADDRINUSE') throw error;
      if (!hasTold) log.info('waiting until another process leaves it', { reason: error.message });
      hasTold = true;
    }
    await delay(limits.takeOverRetryMs, undefined, { signal }).catch(() => undefined);
  }
  return null;
}
