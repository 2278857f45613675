// The question: what does one small request cost over TLS, on connections that stay? TLS 1.3,
// HTTP/1.1, a 30-byte answer, 64 connections.

import { measureInTurn } from '../lib/measure-in-turn.ts';
import { cpuUsPerRequest, isNginx, ratioToBest } from '../lib/peer-result.ts';
import { BENCH_HOST } from '../lib/peers.ts';
import { type Question, type Report, runQuestions } from '../lib/question.ts';
import type { Options } from '../lib/read-options.ts';
import { costColumns, reportLoad } from '../lib/report-load.ts';
import { runLoad } from '../lib/run-load.ts';
import { NATIVE_PEERS, openScene } from '../lib/scene.ts';
import { BODY, startBackend } from '../lib/start-backend.ts';
import { tlsPeers } from '../lib/tls-peers.ts';

const CONNECTIONS = 64;
const GOAL = 1.05;

async function ask(options: Options): Promise<Report> {
  await using scene = await openScene(
    options,
    NATIVE_PEERS,
    (place) => startBackend(place, BODY),
    tlsPeers(),
  );
  const { place, backend, running } = scene;
  const [connections = CONNECTIONS] = options.connections ?? [];
  const results = await measureInTurn('TLS', running, options, ({ port, pid }, seconds) => {
    const url = `https://127.0.0.1:${port}/`;
    return runLoad(place, { url, host: BENCH_HOST, connections, seconds }, pid);
  });
  const setting =
    `${connections} connections of TLS 1.3, HTTP/1.1, ${BODY.length}-byte body, ` +
    `${options.driver}, medians of ${options.rounds} rounds of ${options.seconds} s in turn ` +
    `(min..max), backend ${backend.name}`;
  const answer = {
    text: 'TLS keep-alive: CPU per request / nginx',
    value: ratioToBest(results, cpuUsPerRequest, isNginx),
    digits: 2,
    goal: GOAL,
  };
  const tables = [reportLoad(results, costColumns('request'))];
  return { setting, tables, answers: [answer], results };
}

export const tlsKeepAlive: Question = { name: 'tls-keep-alive', ask };

if (import.meta.main) await runQuestions([tlsKeepAlive]);
