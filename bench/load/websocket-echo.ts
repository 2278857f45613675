// The question: what does a WebSocket message and its echo cost the proxy in between? 64
// connections, a 64-byte text message on each, the next one when its echo is back.

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

const CONNECTIONS = 64;
const PAYLOAD_BYTES = 64;
const GOAL = 1.2;

async function ask(options: Options): Promise<Report> {
  await using scene = await openScene(options, NATIVE_PEERS, (place) =>
    startNodeBackend(place, 'echo-backend.ts'),
  );
  const { place, backend, running } = scene;
  const results = await measureInTurn(
    'WebSocket echo',
    running,
    options,
    ({ port, pid }, seconds) => {
      const request: WebSocketRequest = {
        ...{ port, host: BENCH_HOST, path: UPGRADE_PATH, seconds, isSecure: false },
        ...{ connections: CONNECTIONS, payloadBytes: PAYLOAD_BYTES },
      };
      return runNodeLoad(place, { program: 'drive-websocket.ts', request, proxyPid: pid });
    },
  );
  const setting =
    `${CONNECTIONS} connections, ${PAYLOAD_BYTES}-byte text messages there and back, own driver, ` +
    `medians of ${options.rounds} rounds of ${options.seconds} s in turn (min..max), ` +
    `backend ${backend.name}`;
  const answer = {
    text: 'WebSocket echo: CPU per message / nginx',
    value: ratioToBest(results, cpuUsPerRequest, isNginx),
    digits: 2,
    goal: GOAL,
  };
  const tables = [reportLoad(results, costColumns('message'))];
  return { setting, tables, answers: [answer], results };
}

export const websocketEcho: Question = { name: 'websocket-echo', ask };

if (import.meta.main) await runQuestions([websocketEcho]);
