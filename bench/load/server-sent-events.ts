// The question: what does a server-sent event cost over TLS, and how soon is it there? 100 streams,
// each with an event of its own every 10 ms.

import type { EventsRequest } from '../lib/drive-events.ts';
import { measureInTurn } from '../lib/measure-in-turn.ts';
import { cpuUsPerRequest, isNginx, ratioToBest, spreadOf, whenHeld } from '../lib/peer-result.ts';
import { BENCH_HOST } from '../lib/peers.ts';
import { type Question, type Report, runQuestions } from '../lib/question.ts';
import type { Options } from '../lib/read-options.ts';
import { costColumns, reportLoad } from '../lib/report-load.ts';
import { runNodeLoad } from '../lib/run-load.ts';
import { NATIVE_PEERS, openScene } from '../lib/scene.ts';
import { startNodeBackend } from '../lib/start-backend.ts';
import { spread } from '../lib/statistics.ts';
import { tlsPeers } from '../lib/tls-peers.ts';

const CONNECTIONS = 100;
const EVENTS_PER_SECOND = 10_000;
const GOAL = 1.2;
const GOAL_MS = 5;

async function ask(options: Options): Promise<Report> {
  await using scene = await openScene(
    options,
    NATIVE_PEERS,
    (place) => startNodeBackend(place, 'events-backend.ts'),
    tlsPeers(),
  );
  const { place, backend, running } = scene;
  const eventsPerSecond = options.rate ?? EVENTS_PER_SECOND;
  const results = await measureInTurn('events', running, options, ({ port, pid }, seconds) => {
    const request: EventsRequest = {
      ...{ port, host: BENCH_HOST, connections: CONNECTIONS, seconds, eventsPerSecond },
    };
    return runNodeLoad(place, { program: 'drive-events.ts', request, proxyPid: pid });
  });
  const setting =
    `${CONNECTIONS} streams over TLS 1.3, ${eventsPerSecond} events/s, own driver, medians of ` +
    `${options.rounds} rounds of ${options.seconds} s in turn (min..max), backend ${backend.name}`;
  const figure = whenHeld(cpuUsPerRequest, eventsPerSecond);
  const ours = results.find(({ kind }) => kind === 'headgate');
  const p99Ms = whenHeld((measurement) => measurement.p99Ms, eventsPerSecond);
  const answers = [
    {
      text: 'events over TLS: CPU per event / nginx',
      value: ratioToBest(results, figure, isNginx),
      digits: 2,
      goal: GOAL,
    },
    {
      text: 'events over TLS: ms from written to seen, p99',
      value: ours === undefined ? spread([Number.NaN]) : spreadOf(ours, p99Ms),
      digits: 2,
      goal: GOAL_MS,
    },
  ];
  return { setting, tables: [reportLoad(results, costColumns('event'))], answers, results };
}

export const serverSentEvents: Question = { name: 'server-sent-events', ask };

if (import.meta.main) await runQuestions([serverSentEvents]);
