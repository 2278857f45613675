// The question: what does a request cost that opens a connection and closes it? 64 clients, each of
// which says `Connection: close` and connects anew.

import { measureInTurn } from '../lib/measure-in-turn.ts';
import { cpuUsPerRequest, isNginx, ratioToBest } from '../lib/peer-result.ts';
import { BENCH_HOST } from '../lib/peers.ts';
import { type Question, type Report, runQuestions } from '../lib/question.ts';
import type { Options } from '../lib/read-options.ts';
import { costColumns, reportLoad } from '../lib/report-load.ts';
import { runLoad } from '../lib/run-load.ts';
import { NATIVE_PEERS, openScene } from '../lib/scene.ts';
import { BODY, startBackend } from '../lib/start-backend.ts';

const CLIENTS = 64;
const GOAL = 1.5;

async function ask(options: Options): Promise<Report> {
  await using scene = await openScene(options, NATIVE_PEERS, (place) => startBackend(place, BODY));
  const { place, backend, running } = scene;
  const results = await measureInTurn(
    'connection close',
    running,
    options,
    ({ port, pid }, seconds) => {
      const url = `http://127.0.0.1:${port}/`;
      const load = { url, host: BENCH_HOST, connections: CLIENTS, seconds, closes: true };
      return runLoad(place, load, pid);
    },
  );
  const setting =
    `${CLIENTS} clients, a connection for each request, ${BODY.length}-byte body, ` +
    `${options.driver}, medians of ${options.rounds} rounds of ${options.seconds} s in turn ` +
    `(min..max), backend ${backend.name}`;
  const answer = {
    text: 'a connection per request: CPU per request / nginx',
    value: ratioToBest(results, cpuUsPerRequest, isNginx),
    digits: 2,
    goal: GOAL,
  };
  const tables = [reportLoad(results, costColumns('request'))];
  return { setting, tables, answers: [answer], results };
}

export const connectionClose: Question = { name: 'connection-close', ask };

if (import.meta.main) await runQuestions([connectionClose]);
