// The question: how much of a core does a worker take for an everyday load, 10,000 requests a
// second over 1,024 connections?

import { measureInTurn } from '../lib/measure-in-turn.ts';
import { type Figure, spreadOf, whenHeld } from '../lib/peer-result.ts';
import { BENCH_HOST } from '../lib/peers.ts';
import { type Question, type Report, runQuestions } from '../lib/question.ts';
import type { Options } from '../lib/read-options.ts';
import { costColumns, medianColumn, reportLoad, spreadColumn } from '../lib/report-load.ts';
import { runPaced } from '../lib/run-paced.ts';
import { NATIVE_PEERS, openScene } from '../lib/scene.ts';
import { BODY, startBackend } from '../lib/start-backend.ts';
import { spread } from '../lib/statistics.ts';

const CONNECTIONS = 1_024;
const REQUESTS_PER_SECOND = 10_000;
const GOAL = 0.35;

const coresUsed: Figure = ({ coresBusy }) => coresBusy;

const COLUMNS = [
  spreadColumn('cores used', coresUsed, 2),
  ...costColumns('request'),
  medianColumn('sent late, p99 ms', ({ lateP99Ms = 0 }) => lateP99Ms, 2),
];

async function ask(options: Options): Promise<Report> {
  await using scene = await openScene(options, NATIVE_PEERS, (place) => startBackend(place, BODY));
  const { place, backend, running } = scene;
  const requestsPerSecond = options.rate ?? REQUESTS_PER_SECOND;
  const results = await measureInTurn(
    'many connections',
    running,
    options,
    ({ port, pid }, seconds) => {
      const fixed = { host: BENCH_HOST, connections: CONNECTIONS, body: BODY };
      return runPaced(place, { ...fixed, port, seconds, requestsPerSecond }, pid);
    },
  );
  const setting =
    `${requestsPerSecond} requests/s over ${CONNECTIONS} connections, ${BODY.length}-byte body, ` +
    `own open-loop driver, medians of ${options.rounds} rounds of ${options.seconds} s in turn ` +
    `(min..max), backend ${backend.name}`;
  const ours = results.find(({ kind }) => kind === 'headgate');
  const answer = {
    text: `${requestsPerSecond} requests/s over ${CONNECTIONS} connections: cores used`,
    value: ours ? spreadOf(ours, whenHeld(coresUsed, requestsPerSecond)) : spread([Number.NaN]),
    digits: 2,
    goal: GOAL,
  };
  return { setting, tables: [reportLoad(results, COLUMNS)], answers: [answer], results };
}

export const manyConnections: Question = { name: 'many-connections', ask };

if (import.meta.main) await runQuestions([manyConnections]);
