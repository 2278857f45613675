// Every question about load whose answer has a goal, one after another, and the table of goals at
// the end. With --only NAME only those.

import { type Question, runQuestions } from '../lib/question.ts';
import { readOptions } from '../lib/read-options.ts';
import { allocation } from './allocation.ts';
import { connectionClose } from './connection-close.ts';
import { http2Streams } from './http2-streams.ts';
import { keepAliveSmall } from './keep-alive-small.ts';
import { largeBody } from './large-body.ts';
import { latencyAtRate } from './latency-at-rate.ts';
import { manyConnections } from './many-connections.ts';
import { serverSentEvents } from './server-sent-events.ts';
import { streamMemory } from './stream-memory.ts';
import { tlsHandshakes } from './tls-handshakes.ts';
import { tlsKeepAlive } from './tls-keep-alive.ts';
import { tlsWebsocket } from './tls-websocket.ts';
import { websocketEcho } from './websocket-echo.ts';

const QUESTIONS: readonly Question[] = [
  keepAliveSmall,
  latencyAtRate,
  largeBody,
  connectionClose,
  manyConnections,
  websocketEcho,
  tlsKeepAlive,
  tlsHandshakes,
  tlsWebsocket,
  serverSentEvents,
  http2Streams,
  allocation,
  streamMemory,
];

const options = readOptions();
const names = QUESTIONS.map(({ name }) => name);
const unknown = options.only?.find((name) => !names.includes(name));
if (unknown === undefined) {
  await runQuestions(
    QUESTIONS.filter(({ name }) => options.only?.includes(name) ?? true),
    options,
  );
} else {
  process.stderr.write(`${JSON.stringify(unknown)} is none of ${names.join(', ')}\n`);
  process.exitCode = 2;
}
