// SIGTERM and SIGINT: each takes the process one step further towards its end. One that meets
// nobody who could make haste ends it at once.

import type { Log } from '#base/log.ts';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;
export type StopSignal = (typeof STOP_SIGNALS)[number];

export class StopSignals {
  #taker: ((signal: StopSignal) => void) | null = null;

  /** There is one for the process. */
  constructor(log: Log) {
    for (const name of STOP_SIGNALS) process.on(name, () => this.#receive(name, log));
  }

  /** Resolves with the next signal, unless `over` is aborted before; one at a time may wait. */
  next(over?: AbortSignal): Promise<StopSignal> {
    return new Promise((resolve) => {
      this.#taker = resolve;
      over?.addEventListener('abort', () => {
        this.#taker = null;
      });
    });
  }

  #receive(signal: StopSignal, log: Log): void {
    if (this.#taker === null) {
      log.warn('signal again, ending at once', { signal });
      process.exit(1);
    }
    this.#taker(signal);
    this.#taker = null;
  }
}
