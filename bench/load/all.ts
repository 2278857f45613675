// Every question about load whose answer has a goal, one after another, and the table of goals at
// the end. With --only NAME only those.

import { type Question, runQuestions } from '../lib/question.ts';
import { readOptions } from '../lib/read-options.ts';
import { allocation } from './allocation.ts';
import { connectionClose } from './connection-close.ts';
import { keepAliveSmall } from './keep-alive-small.ts';
import { largeBody } from './large-body.ts';
import { latencyAtRate } from './latency-at-rate.ts';
import { manyConnections } from './many-connections.ts';
import { streamMemory } from './stream-memory.ts';
import { websocketEcho } from './websocket-echo.ts';

const QUESTIONS: readonly Question[] = [
  keepAliveSmall,
  latencyAtRate,
  largeBody,
  connectionClose,
  manyConnections,
  websocketEcho,
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
