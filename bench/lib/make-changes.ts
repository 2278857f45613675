// Changes of routes at a steady rate, all over the hosts.

import { setTimeout as delay } from 'node:timers/promises';
import type { ChangingProxy } from './changing-proxy.ts';

export interface ChangeRate {
  readonly perSecond: number;
  readonly forMs: number;
}

/** Neighbours in time are not neighbours in the table. */
const HOST_STRIDE = 7;
const TICK_MS = 2;

/** Returns how many were made. */
export async function makeChanges(
  proxy: ChangingProxy,
  { perSecond, forMs }: ChangeRate,
): Promise<number> {
  const { hosts } = proxy.routes;
  const beganAtMs = performance.now();
  let count = 0;
  for (;;) {
    const elapsedMs = performance.now() - beganAtMs;
    const due = (Math.min(elapsedMs, forMs) * perSecond) / 1_000;
    for (; count < due; count += 1) proxy.change((count * HOST_STRIDE) % hosts.length);
    if (elapsedMs >= forMs) return count;
    await delay(TICK_MS);
  }
}
