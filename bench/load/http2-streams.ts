// The question: what does one small request cost over HTTP/2? TLS 1.3, 16 connections with 32
// streams each at a time, HTTP/1.1 to the backend.

import { measureInTurn } from '../lib/measure-in-turn.ts';
import { cpuUsPerRequest, isNginx, ratioToBest } from '../lib/peer-result.ts';
import { BENCH_HOST } from '../lib/peers.ts';
import { type Question, type Report, runQuestions } from '../lib/question.ts';
import type { Options } from '../lib/read-options.ts';
import { costColumns, LATENCY_COLUMNS, reportLoad } from '../lib/report-load.ts';
import { hasH2load, runH2load } from '../lib/run-h2load.ts';
import { NATIVE_PEERS, openScene } from '../lib/scene.ts';
import { BODY, startBackend } from '../lib/start-backend.ts';
import { tlsPeers } from '../lib/tls-peers.ts';

const CONNECTIONS = 16;
const STREAMS = 32;
const GOAL = 1.5;

async function ask(options: Options): Promise<Report> {
  if (!hasH2load()) {
    return { setting: 'h2load is not installed: left out', tables: [], answers: [], results: {} };
  }
  await using scene = await openScene(
    options,
    NATIVE_PEERS,
    (place) => startBackend(place, BODY),
    tlsPeers(),
  );
  const { place, backend, running } = scene;
  const [connections = CONNECTIONS] = options.connections ?? [];
  const results = await measureInTurn('HTTP/2', running, options, ({ port, pid }, seconds) => {
    const request = { port, host: BENCH_HOST, connections, streams: STREAMS, seconds };
    return runH2load(place, request, pid);
  });
  const setting =
    `${connections} connections of TLS 1.3, ${STREAMS} streams at a time on each, ` +
    `${BODY.length}-byte body, h2load, medians of ${options.rounds} rounds of ` +
    `${options.seconds} s in turn (min..max), backend ${backend.name}`;
  const answer = {
    text: 'HTTP/2: CPU per request / nginx',
    value: ratioToBest(results, cpuUsPerRequest, isNginx),
    digits: 2,
    goal: GOAL,
  };
  const columns = costColumns('request').filter((column) => !LATENCY_COLUMNS.includes(column));
  return { setting, tables: [reportLoad(results, columns)], answers: [answer], results };
}

export const http2Streams: Question = { name: 'http2-streams', ask };

if (import.meta.main) await runQuestions([http2Streams]);
