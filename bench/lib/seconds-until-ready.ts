// How long Headgate takes to be ready, by its page for that, asked often.

import { setTimeout as delay } from 'node:timers/promises';

const READY_POLL_MS = 10;
/** As long as 100,000 hosts may take on a busy machine. */
const READY_WAIT_MS = 300_000;

/** Seconds from `startedAt`, a moment of this process's clock, until it says that it is ready. */
export async function secondsUntilReady(adminPort: number, startedAt: number): Promise<number> {
  while (performance.now() - startedAt < READY_WAIT_MS) {
    const response = await fetch(`http://127.0.0.1:${adminPort}/readyz`).catch(() => null);
    if (response?.status === 200) return (performance.now() - startedAt) / 1_000;
    await delay(READY_POLL_MS);
  }
  throw new Error(`not ready in ${READY_WAIT_MS} ms`);
}
