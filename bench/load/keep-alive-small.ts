// The question: what does proxying one small request cost, on connections that stay? A 30-byte
// answer, one core for the proxy; Headgate beside nginx and HAProxy on 1, 64 and 512 connections,
// and beside the Node proxies on 64.

import { measureInTurn } from '../lib/measure-in-turn.ts';
import { cpuUsPerRequest, type PeerResult, ratioToBest, spreadOf } from '../lib/peer-result.ts';
import { BENCH_HOST, PEERS } from '../lib/peers.ts';
import { type Answer, type Question, type Report, runQuestions } from '../lib/question.ts';
import type { Options } from '../lib/read-options.ts';
import { type Column, costColumns, reportLoad } from '../lib/report-load.ts';
import { runLoad } from '../lib/run-load.ts';
import { NATIVE_PEERS, openScene } from '../lib/scene.ts';
import { BODY, startBackend } from '../lib/start-backend.ts';
import type { Table } from '../lib/table.ts';

const CONNECTIONS = [1, 64, 512];
/** The Node proxies are measured here, and the first goal is set here. */
const CONNECTIONS_MAIN = 64;
const GOAL_MAIN = 1.0;
const GOAL_ELSEWHERE = 1.1;
const GOAL_OVER_NODE = 0.25;

const bestNodeColumn: Column = {
  heading: 'CPU / best Node',
  cell: (result, all) => {
    const us = all
      .filter(({ kind }) => kind === 'node')
      .map((one) => spreadOf(one, cpuUsPerRequest).median);
    if (us.length === 0) return '-';
    return (spreadOf(result, cpuUsPerRequest).median / Math.min(...us)).toFixed(2);
  },
};

function answersOf(connections: number, results: readonly PeerResult[]): Answer[] {
  const isMain = connections === CONNECTIONS_MAIN;
  const answers: Answer[] = [
    {
      text: `${connections} connections: CPU per request / the better of nginx and HAProxy`,
      value: ratioToBest(results, cpuUsPerRequest, ({ kind }) => kind === 'native'),
      digits: 2,
      goal: isMain ? GOAL_MAIN : GOAL_ELSEWHERE,
    },
  ];
  if (isMain) {
    answers.push({
      text: `${connections} connections: CPU per request / the best Node proxy`,
      value: ratioToBest(results, cpuUsPerRequest, ({ kind }) => kind === 'node'),
      digits: 2,
      goal: GOAL_OVER_NODE,
    });
  }
  return answers;
}

async function ask(options: Options): Promise<Report> {
  await using scene = await openScene(
    options,
    [...NATIVE_PEERS, ...PEERS.filter(({ kind }) => kind === 'node').map(({ name }) => name)],
    (place) => startBackend(place, BODY),
  );
  const { place, backend } = scene;
  const tables: Table[] = [];
  const answers: Answer[] = [];
  const results: Record<number, PeerResult[]> = {};
  for (const connections of options.connections ?? CONNECTIONS) {
    const isMain = connections === CONNECTIONS_MAIN;
    const running = scene.running.filter(({ peer }) => isMain || peer.kind !== 'node');
    const label = `${connections} connections`;
    const measured = await measureInTurn(label, running, options, ({ port, pid }, seconds) => {
      const url = `http://127.0.0.1:${port}/`;
      return runLoad(place, { url, host: BENCH_HOST, connections, seconds }, pid);
    });
    const columns = isMain ? [...costColumns('request'), bestNodeColumn] : costColumns('request');
    tables.push(reportLoad(measured, columns, label));
    answers.push(...answersOf(connections, measured));
    results[connections] = measured;
  }
  const setting =
    `${BODY.length}-byte body, ${options.driver}, medians of ${options.rounds} rounds of ` +
    `${options.seconds} s in turn (min..max), backend ${backend.name}`;
  return { setting, tables, answers, results };
}

export const keepAliveSmall: Question = { name: 'keep-alive-small', ask };

if (import.meta.main) await runQuestions([keepAliveSmall]);
