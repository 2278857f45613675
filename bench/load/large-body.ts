// The question: what does a proxy need to move a large body? 1 MiB in the answer, and 1 MiB in the
// request, on connections that stay; CPU per GiB.

import { measureInTurn } from '../lib/measure-in-turn.ts';
import { type Figure, isNginx, type PeerResult, ratioToBest } from '../lib/peer-result.ts';
import { BENCH_HOST } from '../lib/peers.ts';
import { type Answer, type Question, type Report, runQuestions } from '../lib/question.ts';
import type { Options } from '../lib/read-options.ts';
import {
  BUSY_COLUMN,
  ERRORS_COLUMN,
  LATENCY_COLUMNS,
  overNginxColumn,
  reportLoad,
  spreadColumn,
} from '../lib/report-load.ts';
import { runLoad } from '../lib/run-load.ts';
import { NATIVE_PEERS, openScene } from '../lib/scene.ts';
import { startNodeBackend } from '../lib/start-backend.ts';
import type { Table } from '../lib/table.ts';

const CONNECTIONS = 16;
const BODY_BYTES = 1_048_576;
const DIRECTIONS = ['down', 'up'] as const;
const GOAL = 1.2;
/** nginx's default buffers are made for small answers; without them it shows what it can do. */
const TUNED_NGINX = 'nginx-large-buffers';

/** A GiB is 1,024 requests. */
const cpuMsPerGiB: Figure = ({ cpuUsPerRequest }) => (cpuUsPerRequest * 1_024) / 1_000;

const COLUMNS = [
  spreadColumn('MiB/s', ({ requestsPerSecond }) => requestsPerSecond, 0),
  ...LATENCY_COLUMNS,
  ERRORS_COLUMN,
  spreadColumn('CPU ms/GiB', cpuMsPerGiB, 0),
  BUSY_COLUMN,
  overNginxColumn('CPU / nginx', cpuMsPerGiB),
];

function isTunedNginx({ name }: PeerResult): boolean {
  return name === TUNED_NGINX;
}

function answerOf(
  text: string,
  results: readonly PeerResult[],
  isRival: (result: PeerResult) => boolean,
  goal: number | null,
): Answer {
  return { text, value: ratioToBest(results, cpuMsPerGiB, isRival), digits: 2, goal };
}

async function ask(options: Options): Promise<Report> {
  await using scene = await openScene(options, [...NATIVE_PEERS, TUNED_NGINX], (place) =>
    startNodeBackend(place, 'body-backend.ts'),
  );
  const tables: Table[] = [];
  const answers: Answer[] = [];
  const results: Record<string, PeerResult[]> = {};
  for (const direction of DIRECTIONS) {
    const isUp = direction === 'up';
    const label = `1 MiB ${direction}`;
    const measured = await measureInTurn(label, scene.running, options, (peer, seconds) => {
      const url = `http://127.0.0.1:${peer.port}/${isUp ? '' : BODY_BYTES}`;
      const load = { url, host: BENCH_HOST, connections: CONNECTIONS, seconds };
      return runLoad(scene.place, isUp ? { ...load, uploadBytes: BODY_BYTES } : load, peer.pid);
    });
    tables.push(reportLoad(measured, COLUMNS, label));
    answers.push(
      answerOf(`${label}: CPU per GiB / nginx`, measured, isNginx, GOAL),
      answerOf(`${label}: the same, nginx with larger buffers`, measured, isTunedNginx, null),
    );
    results[direction] = measured;
  }
  const setting =
    `${CONNECTIONS} keep-alive connections, ${options.driver}, medians of ${options.rounds} ` +
    `rounds of ${options.seconds} s in turn (min..max), backend ${scene.backend.name}`;
  return { setting, tables, answers, results };
}

export const largeBody: Question = { name: 'large-body', ask };

if (import.meta.main) await runQuestions([largeBody]);
