// The time between the order to end and the drain. The process serves on, not ready any more, so
// that whoever sends it clients finds another place for them first. How it leaves then is not known
// here.

import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '#base/limits.ts';
import { type AdminPlace, askAdmin } from './ask-admin.ts';
import type { StopSignals } from './stop-signals.ts';

export interface DrainDelay {
  readonly delayMs: number;
  /** Where another process that serves on the same ports would answer; null if none may. */
  readonly successor: AdminPlace | null;
  /** The next one ends the delay. */
  readonly signals: StopSignals;
}

/** Resolves with what has ended the delay. */
export async function delayDrain({ delayMs, successor, signals }: DrainDelay): Promise<string> {
  const over = new AbortController();
  const { signal } = over;
  const ends = [
    delay(delayMs, 'the delay is over', { signal }),
    signals.next(signal).then((name) => `second signal: ${name}`),
  ];
  if (successor !== null) ends.push(succeeded(successor, signal));
  try {
    return await Promise.race(ends);
  } finally {
    over.abort();
  }
}

/** Clients that come to the ports meet that one, so nobody has to be told. */
async function succeeded(successor: AdminPlace, over: AbortSignal): Promise<string> {
  while (!over.aborted) {
    const { isOk } = await askAdmin(successor, { method: 'GET', path: '/readyz' });
    if (isOk) return 'another process serves';
    await delay(limits.takeOverRetryMs, undefined, { signal: over }).catch(() => undefined);
  }
  return 'over';
}
