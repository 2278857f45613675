// The question: how many TLS handshakes does a second of the proxy's CPU make, in full and by
// session ticket? TLS 1.3, ECDSA P-256, X25519; 32 clients that connect and leave.

import type { HandshakesRequest } from '../lib/drive-handshakes.ts';
import { measureInTurn } from '../lib/measure-in-turn.ts';
import { cpuUsPerRequest, isNginx, ratioToBest } from '../lib/peer-result.ts';
import { BENCH_HOST } from '../lib/peers.ts';
import { type Answer, type Question, type Report, runQuestions } from '../lib/question.ts';
import type { Options } from '../lib/read-options.ts';
import { costColumns, reportLoad, spreadColumn } from '../lib/report-load.ts';
import { runNodeLoad } from '../lib/run-load.ts';
import { NATIVE_PEERS, openScene } from '../lib/scene.ts';
import { BODY, startBackend } from '../lib/start-backend.ts';
import type { Table } from '../lib/table.ts';
import { tlsPeers } from '../lib/tls-peers.ts';

const CLIENTS = 32;
const US_PER_SECOND = 1_000_000;

/** Each goal is a share of nginx's handshakes per CPU second. */
const KINDS = [
  { what: 'full', isResumed: false, shareOfNginx: 0.85 },
  { what: 'resumed', isResumed: true, shareOfNginx: 0.7 },
];

const perCpuSecondColumn = spreadColumn(
  'per CPU s',
  (measurement) => US_PER_SECOND / cpuUsPerRequest(measurement),
  0,
);

async function ask(options: Options): Promise<Report> {
  await using scene = await openScene(
    options,
    NATIVE_PEERS,
    (place) => startBackend(place, BODY),
    tlsPeers(),
  );
  const { place, running } = scene;
  const tables: Table[] = [];
  const answers: Answer[] = [];
  const results: Record<string, object> = {};
  for (const { what, isResumed, shareOfNginx } of KINDS) {
    const label = `${what} handshakes`;
    const measured = await measureInTurn(label, running, options, ({ port, pid }, seconds) => {
      const request: HandshakesRequest = {
        ...{ port, host: BENCH_HOST, clients: CLIENTS, seconds, isResumed },
      };
      return runNodeLoad(place, { program: 'drive-handshakes.ts', request, proxyPid: pid });
    });
    const columns = [perCpuSecondColumn, ...costColumns('handshake')];
    tables.push(reportLoad(measured, columns, label));
    answers.push({
      text: `${label}: CPU per handshake / nginx`,
      value: ratioToBest(measured, cpuUsPerRequest, isNginx),
      digits: 2,
      goal: 1 / shareOfNginx,
    });
    results[what] = measured;
  }
  const setting =
    `${CLIENTS} clients, own driver, TLS 1.3, no request, medians of ${options.rounds} rounds of ` +
    `${options.seconds} s in turn (min..max)`;
  return { setting, tables, answers, results };
}

export const tlsHandshakes: Question = { name: 'tls-handshakes', ask };

if (import.meta.main) await runQuestions([tlsHandshakes]);
