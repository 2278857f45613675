// The question: how long do clients wait when the proxy is half busy? A fixed rate, half of what
// nginx can do here, over 64 connections; each latency counts from the moment its request was due.
// The same load on the backend alone shows what driver and backend take of it.

import { measureInTurn } from '../lib/measure-in-turn.ts';
import { isNginx, type PeerResult, ratioToBest, whenHeld } from '../lib/peer-result.ts';
import { BENCH_HOST, type Peer } from '../lib/peers.ts';
import { type Question, type Report, runQuestions } from '../lib/question.ts';
import type { Options } from '../lib/read-options.ts';
import {
  BUSY_COLUMN,
  ERRORS_COLUMN,
  LATENCY_COLUMNS,
  medianColumn,
  overNginxColumn,
  reportLoad,
  spreadColumn,
} from '../lib/report-load.ts';
import { type LoadPlace, runLoad } from '../lib/run-load.ts';
import { runPaced } from '../lib/run-paced.ts';
import { NATIVE_PEERS, openScene, type Scene } from '../lib/scene.ts';
import { type Backend, BODY, startBackend } from '../lib/start-backend.ts';
import type { RunningPeer } from '../lib/start-peer.ts';
import { quantile } from '../lib/statistics.ts';

const CONNECTIONS = 64;
const SATURATION_ROUNDS = 3;
const SATURATION_SHARE = 0.5;
const GOAL = 1.1;

const COLUMNS = [
  medianColumn('requests/s', ({ requestsPerSecond }) => requestsPerSecond, 0),
  ...LATENCY_COLUMNS,
  spreadColumn('p99 ms, range', ({ p99Ms }) => p99Ms, 2),
  overNginxColumn('p99 / nginx', ({ p99Ms }) => p99Ms),
  medianColumn('sent late, p99 ms', ({ lateP99Ms = 0 }) => lateP99Ms, 2),
  ERRORS_COLUMN,
  BUSY_COLUMN,
];

/**
 * Requests per second that one core of nginx, or of the first peer where it is missing, can do;
 * more than it did where the load was the limit.
 */
async function saturation({ place, running }: Scene, options: Options): Promise<number> {
  const peer = running.find((one) => one.peer.name === 'nginx') ?? (running[0] as RunningPeer);
  const rates: number[] = [];
  for (let round = 0; round < SATURATION_ROUNDS; round += 1) {
    const url = `http://127.0.0.1:${peer.port}/`;
    const load = { url, host: BENCH_HOST, connections: CONNECTIONS, seconds: options.warmup };
    const { requestsPerSecond, coresBusy } = await runLoad(place, load, peer.pid);
    rates.push(requestsPerSecond / Math.min(1, coresBusy));
  }
  return quantile(rates, 0.5);
}

/** The backend in the place of a proxy. */
function alone({ port, pid }: Backend): RunningPeer {
  const peer: Peer = {
    name: 'the backend alone',
    kind: 'backend',
    version: () => '',
    prepare: () => {
      throw new Error('it runs already');
    },
  };
  return { peer, port, pid };
}

function measure(
  place: LoadPlace,
  running: readonly RunningPeer[],
  options: Options,
  requestsPerSecond: number,
): Promise<PeerResult[]> {
  return measureInTurn('latency at rate', running, options, ({ port, pid }, seconds) => {
    const fixed = { host: BENCH_HOST, connections: CONNECTIONS, body: BODY };
    return runPaced(place, { ...fixed, port, seconds, requestsPerSecond }, pid);
  });
}

async function ask(options: Options): Promise<Report> {
  await using scene = await openScene(options, NATIVE_PEERS, (place) => startBackend(place, BODY));
  const { place, backend, running } = scene;
  const most = options.rate === null ? await saturation(scene, options) : Number.NaN;
  const rate = options.rate ?? Math.round(most * SATURATION_SHARE);
  const results = await measure(place, [...running, alone(backend)], options, rate);
  const setting =
    `${rate} requests/s${options.rate === null ? ` (half of nginx's ${most.toFixed(0)})` : ''}, ` +
    `${CONNECTIONS} connections, ${BODY.length}-byte body, own open-loop driver, medians of ` +
    `${options.rounds} rounds of ${options.seconds} s in turn (min..max), backend ${backend.name}`;
  const answer = {
    text: `${rate} requests/s: p99 / nginx`,
    value: ratioToBest(
      results,
      whenHeld(({ p99Ms }) => p99Ms, rate),
      isNginx,
    ),
    digits: 2,
    goal: GOAL,
  };
  return { setting, tables: [reportLoad(results, COLUMNS)], answers: [answer], results };
}

export const latencyAtRate: Question = { name: 'latency-at-rate', ask };

if (import.meta.main) await runQuestions([latencyAtRate]);
