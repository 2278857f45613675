// The question: what does a WebSocket message and its echo cost over TLS? 64 connections, a 64-byte
// text message on each, the next one when its echo is back.

import type { WebSocketRequest } from '../lib/drive-websocket.ts';
import { measureInTurn } from '../lib/measure-in-turn.ts';
import { UPGRADE_PATH } from '../lib/nginx.ts';
import { cpuUsPerRequest, isNginx, ratioToBest } from '../lib/peer-result.ts';
import { BENCH_HOST } from '../lib/peers.ts';
import { type Question, type Report, runQuestions } from '../lib/question.ts';
import type { Options } from '../lib/read-options.ts';
import { costColumns, reportLoad } from '../lib/report-load.ts';
import { runNodeLoad } from '../lib/run-load.ts';
import { NATIVE_PEERS, openScene } from '../lib/scene.ts';
import { startNodeBackend } from '../lib/start-backend.ts';
import { tlsPeers } from '../lib/tls-peers.ts';

const CONNECTIONS = 64;
const PAYLOAD_BYTES = 64;
const GOAL = 1.2;

async function ask(options: Options): Promise<Report> {
  await using scene = await openScene(
    options,
    NATIVE_PEERS,
    (place) => startNodeBackend(place, 'echo-backend.ts'),
    tlsPeers(),
  );
  const { place, backend, running } = scene;
  const results = await measureInTurn(
    'WebSocket over TLS',
    running,
    options,
    ({ port, pid }, seconds) => {
      const request: WebSocketRequest = {
        ...{ port, host: BENCH_HOST, path: UPGRADE_PATH, seconds, isSecure: true },
        ...{ connections: CONNECTIONS, payloadBytes: PAYLOAD_BYTES },
      };
      return runNodeLoad(place, { program: 'drive-websocket.ts', request, proxyPid: pid });
    },
  );
  const setting =
    `${CONNECTIONS} connections of TLS 1.3, ${PAYLOAD_BYTES}-byte text messages there and back, ` +
    `own driver, medians of ${options.rounds} rounds of ${options.seconds} s in turn (min..max), ` +
    `backend ${backend.name}`;
  const answer = {
    text: 'WebSocket over TLS: CPU per message / nginx',
    value: ratioToBest(results, cpuUsPerRequest, isNginx),
    digits: 2,
    goal: GOAL,
  };
  const tables = [reportLoad(results, costColumns('message'))];
  return { setting, tables, answers: [answer], results };
}

export const tlsWebsocket: Question = { name: 'tls-websocket', ask };

if (import.meta.main) await runQuestions([tlsWebsocket]);
