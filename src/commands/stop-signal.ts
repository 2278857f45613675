// SIGTERM and SIGINT: the first asks the process to finish, the second ends it.

import type { Log } from '#base/log.ts';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;
export type StopSignal = (typeof STOP_SIGNALS)[number];

/** Resolves with the first signal. */
export function stopSignal(log: Log): Promise<StopSignal> {
  return new Promise((resolve) => {
    let isStopping = false;
    const stop = (signal: StopSignal): void => {
      if (isStopping) {
        log.warn('second signal, ending at once', { signal });
        process.exit(1);
      }
      isStopping = true;
      resolve(signal);
    };
    for (const signal of STOP_SIGNALS) process.on(signal, stop);
  });
}
