// The command `ready`: asks a running Headgate whether it is ready, and waits if it is told to. For
// probes: over the Unix socket it is this very process that answers, and not its predecessor.

import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '#base/limits.ts';
import { printable } from '#base/printable.ts';
import type { Config } from '../config.ts';
import type { Report } from './report.ts';

export type AdminPlace = Pick<Config, 'adminBind' | 'adminPort' | 'adminSocket'>;

const MS_PER_SECOND = 1_000;

/** Asks at least once, and again until it is ready or `waitSeconds` are over. */
export async function ready(place: AdminPlace, waitSeconds: number): Promise<Report> {
  const deadlineMs = performance.now() + waitSeconds * MS_PER_SECOND;
  for (;;) {
    const reason = await unreadyReason(place);
    if (reason === null) return { text: 'ready\n', remark: '', exitCode: 0 };
    if (performance.now() >= deadlineMs) {
      return { text: '', remark: `headgate: not ready: ${printable(reason)}\n`, exitCode: 1 };
    }
    await delay(limits.readyPollMs);
  }
}

async function unreadyReason({ adminBind, adminPort, adminSocket }: AdminPlace) {
  const target =
    adminSocket === null ? { host: adminBind, port: adminPort } : { socketPath: adminSocket };
  try {
    return await ask(target);
  } catch (error) {
    return (error as Error).message;
  }
}

type Target = { readonly host: string; readonly port: number } | { readonly socketPath: string };

/** Null if the answer is yes, else what it says. */
function ask(target: Target): Promise<string | null> {
  const signal = AbortSignal.timeout(limits.adminRequestTimeoutMs);
  return new Promise((resolve, reject) => {
    const question = request({ ...target, path: '/readyz', agent: false, signal });
    question.on('error', reject);
    question.on('response', (response) => {
      const isReady = response.statusCode === 200;
      text(response).then((body) => resolve(isReady ? null : body.trim()), reject);
    });
    question.end();
  });
}
