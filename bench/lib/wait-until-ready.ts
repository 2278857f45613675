// Waits for a program's first good answer.

import { setTimeout as delay } from 'node:timers/promises';
import type { RunningProcess } from './process-list.ts';

const POLL_INTERVAL_MS = 50;
/** nginx with 100,000 server blocks takes its time on a busy machine. */
const POLLS_MAX = 2_400;

/** Resolves at the first 200 from `url`; rejects if the process ends or 120 s pass. */
export async function waitUntilReady(url: string, running: RunningProcess): Promise<void> {
  for (let poll = 0; poll < POLLS_MAX; poll += 1) {
    if (running.child.exitCode !== null || running.child.signalCode !== null) {
      throw new Error(`it ended at once: ${running.lastWords()}`);
    }
    if (await answers(url)) return;
    await delay(POLL_INTERVAL_MS);
  }
  throw new Error(`no 200 from ${url} in ${(POLLS_MAX * POLL_INTERVAL_MS) / 1_000} s`);
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { headers: { connection: 'close' } });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}
