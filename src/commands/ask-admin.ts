// Asks the admin server of a running Headgate, over the Unix socket if one is named, else over the
// admin port. What the answer means is for each command to say.

import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { limits } from '#base/limits.ts';
import { ACTION_HEADER } from '#control/admin-server.ts';
import type { Config } from '../config.ts';

export type AdminPlace = Pick<Config, 'adminBind' | 'adminPort' | 'adminSocket'>;

export interface AdminQuestion {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** How long to wait for the answer, if not as long as for a page. */
  readonly timeoutMs?: number;
}

export interface AdminAnswer {
  readonly isOk: boolean;
  readonly body: string;
}

/** No answer is an answer too, and not a good one. */
export async function askAdmin(place: AdminPlace, question: AdminQuestion): Promise<AdminAnswer> {
  try {
    return await ask(place, question);
  } catch (error) {
    return { isOk: false, body: (error as Error).message };
  }
}

function ask(
  { adminBind, adminPort, adminSocket }: AdminPlace,
  { timeoutMs = limits.adminRequestTimeoutMs, ...question }: AdminQuestion,
): Promise<AdminAnswer> {
  const target =
    adminSocket === null ? { host: adminBind, port: adminPort } : { socketPath: adminSocket };
  const headers = { Accept: 'text/plain', [ACTION_HEADER]: 'true' };
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    const sent = request({ ...target, ...question, headers, agent: false, signal });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const isOk = response.statusCode === 200;
      text(response).then((body) => resolve({ isOk, body }), reject);
    });
    sent.end();
  });
}
