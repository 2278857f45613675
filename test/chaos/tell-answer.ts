// From a response to what the ledger calls an answer: who has answered, if it was this request.

import type { Sent } from './compose-request.ts';
import type { Ledger } from './ledger.ts';
import type { PodEcho } from './pod.ts';

const SHOWN_CHARS_MAX = 300;

/** Hands in a whole response; one that is about another request is wrong, whoever has made it. */
export function tellAnswer(ledger: Ledger, sent: Sent, status: number, body: string): void {
  const echo = status === 200 ? parseEcho(body) : null;
  if (status !== 200) ledger.answered(sent.asked, String(status));
  else if (echo === null || !isAbout(echo, sent))
    ledger.wrong(sent.asked, `answered ${body.slice(0, SHOWN_CHARS_MAX)}`);
  else ledger.answered(sent.asked, `${echo.service}/${echo.pod}`);
}

function isAbout(echo: PodEcho, { asked: { host, id }, body }: Sent): boolean {
  const isSame = echo.host === host && echo.path === `/${id}` && echo.body === (body ?? '');
  return isSame && echo.method === (body === null ? 'GET' : 'POST');
}

function parseEcho(body: string): PodEcho | null {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
