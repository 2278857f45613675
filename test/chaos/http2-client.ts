// A client of HTTP/2 over TLS that checks every answer, several at a time on one session. What the
// server says it has not looked at is asked anew, as RFC 9113 8.7 has it; nothing else is.

import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import { answerOf } from '../support/http2-request.ts';
import type { Random } from '../support/seeded-random.ts';
import { composeRequest } from './compose-request.ts';
import { LATE_MS, type Load } from './http1-clients.ts';
import { tellAnswer } from './tell-answer.ts';

const STREAMS = 3;
const GAP_MS_MAX = 80;
const REFUSED_MS = 50;

/** One session after another, each until it is said or seen to end. */
export async function speakHttp2(load: Load, client: string, random: Random): Promise<void> {
  while (!load.signal.aborted) {
    const session = await open(load, client, random);
    if (session === null) continue;
    const streams = Array.from({ length: STREAMS }, (_, index) =>
      askOn(session, load, `${client}.${index}`, random),
    );
    await Promise.all(streams);
    session.destroy();
  }
}

/** A session whose handshake is done. The failure to get one is that of a request. */
async function open(
  { ledger, ports, hosts }: Load,
  client: string,
  random: Random,
): Promise<ClientHttp2Session | null> {
  const asked = ledger.ask(client, random.pick(hosts));
  const session = connect(`https://127.0.0.1:${ports().https}`, {
    rejectUnauthorized: false,
    servername: asked.host,
  });
  session.on('error', () => {});
  const late = setTimeout(() => session.destroy(new Error('late')), LATE_MS);
  try {
    await once(session, 'connect');
    ledger.withdraw();
    return session;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const failure = code === 'ECONNREFUSED' ? 'refused' : message === 'late' ? 'late' : null;
    ledger.failed(asked, failure ?? 'unaccepted', message);
    await delay(REFUSED_MS);
    return null;
  } finally {
    clearTimeout(late);
  }
}

async function askOn(
  session: ClientHttp2Session,
  load: Load,
  client: string,
  random: Random,
): Promise<void> {
  const { ledger, signal } = load;
  while (!(signal.aborted || session.closed || session.destroyed)) {
    const sent = composeRequest(load, client, random);
    const { asked, body: content } = sent;
    const stream = session.request({
      ':method': content === null ? 'GET' : 'POST',
      ...{ ':authority': asked.host, ':path': `/${asked.id}`, 'x-id': asked.id },
    });
    if (content !== null) stream.end(content);
    let isLate = false;
    stream.setTimeout(LATE_MS, () => {
      isLate = true;
      stream.close(constants.NGHTTP2_CANCEL);
    });
    const { status, fields, body, code } = await answerOf(stream);
    const isWhole = code === 0 && Number(fields['content-length']) === body.length;
    if (code === constants.NGHTTP2_REFUSED_STREAM) ledger.withdraw();
    else if (isLate) ledger.failed(asked, 'late');
    else if (Number.isNaN(status)) ledger.failed(asked, 'broken', `code ${code}`);
    else if (!isWhole) ledger.failed(asked, 'truncated', `code ${code}`);
    else tellAnswer(ledger, sent, status, body);
    await delay(random.below(GAP_MS_MAX));
  }
}
