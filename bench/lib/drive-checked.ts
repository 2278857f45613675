// Entry of a load process that checks every answer: a steady rate over many hosts until SIGTERM,
// then a CheckedResult as JSON. It does not know what changes meanwhile.

import { Agent, get } from 'node:http';

export interface CheckedRequest {
  readonly port: number;
  /** Asked for in turn. */
  readonly hosts: readonly string[];
  readonly requestsPerSecond: number;
  /** A 200 with one of these bodies is right; all else is a failure. */
  readonly bodies: readonly string[];
}

export interface CheckedResult {
  readonly requests: number;
  readonly failures: number;
  /** The first few, in words. */
  readonly examples: readonly string[];
}

const TICK_MS = 10;
const EXAMPLES_MAX = 5;
const REQUEST_TIMEOUT_MS = 5_000;
const CONNECTIONS_MAX = 32;

const request = JSON.parse(process.argv[2] ?? '') as CheckedRequest;
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX, scheduling: 'fifo' });
const examples: string[] = [];
let requests = 0;
let failures = 0;
let open = 0;
let isEnding = false;

function settle(failure: string | null): void {
  open -= 1;
  if (failure !== null) {
    failures += 1;
    if (examples.length < EXAMPLES_MAX) examples.push(failure);
  }
  if (isEnding && open === 0) report();
}

function report(): void {
  const result: CheckedResult = { requests, failures, examples };
  process.stdout.write(JSON.stringify(result), () => process.exit(0));
}

function ask(host: string): void {
  requests += 1;
  open += 1;
  const options = { agent, port: request.port, host: '127.0.0.1', headers: { host } };
  const client = get({ ...options, timeout: REQUEST_TIMEOUT_MS }, (response) => {
    let body = '';
    response.setEncoding('latin1').on('data', (text: string) => {
      body += text;
    });
    response.on('end', () => {
      const isRight = response.statusCode === 200 && request.bodies.includes(body);
      settle(isRight ? null : `${host}: ${response.statusCode} ${JSON.stringify(body)}`);
    });
    response.on('error', (error) => settle(`${host}: ${error.message}`));
  });
  client.on('timeout', () => client.destroy(new Error('no answer in time')));
  client.on('error', (error) => settle(`${host}: ${error.message}`));
}

const perTick = Math.max(1, Math.round((request.requestsPerSecond * TICK_MS) / 1_000));
const timer = setInterval(() => {
  for (let n = 0; n < perTick; n += 1) {
    ask(request.hosts[requests % request.hosts.length] as string);
  }
}, TICK_MS);

process.once('SIGTERM', () => {
  clearInterval(timer);
  isEnding = true;
  if (open === 0) report();
});
