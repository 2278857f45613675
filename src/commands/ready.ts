// The command `ready`: asks a running Headgate whether it is ready, and waits if it is told to. For
// probes: over the Unix socket it is this very process that answers, and not its predecessor.

import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '#base/limits.ts';
import { printable } from '#base/printable.ts';
import { type AdminPlace, askAdmin } from './ask-admin.ts';
import type { Report } from './report.ts';

const MS_PER_SECOND = 1_000;

/** Asks at least once, and again until it is ready or `waitSeconds` are over. */
export async function ready(place: AdminPlace, waitSeconds: number): Promise<Report> {
  const deadlineMs = performance.now() + waitSeconds * MS_PER_SECOND;
  for (;;) {
    const { isOk, body } = await askAdmin(place, { method: 'GET', path: '/readyz' });
    if (isOk) return { text: 'ready\n', remark: '', exitCode: 0 };
    if (performance.now() >= deadlineMs) {
      const remark = `headgate: not ready: ${printable(body.trim())}\n`;
      return { text: '', remark, exitCode: 1 };
    }
    await delay(limits.readyPollMs);
  }
}
