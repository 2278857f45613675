// Entry of a load process that checks every answer: a steady rate over many hosts until SIGTERM,
// then a CheckedResult as JSON. It does not know what changes meanwhile.

import { Agent, request as send } from 'node:http';

export interface CheckedRequest {
  readonly port: number;
  /** Asked for in turn. */
  readonly hosts: readonly string[];
  /** Each is sent to every host in turn. */
  readonly methods: readonly ('GET' | 'POST')[];
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

function ask(host: string, method: string): void {
  requests += 1;
  open += 1;
  const options = { agent, port: request.port, host: '127.0.0.1', method, headers: { host } };
  const client = send({ ...options, timeout: REQUEST_TIMEOUT_MS }, (response) => {
    let body = '';
    response.setEncoding('latin1').on('data', (text: string) => {
      body += text;
    });
    response.on('end', () => {
      const isRight = response.statusCode === 200 && request.bodies.includes(body);
      settle(isRight ? null : `${method} ${host}: ${response.statusCode} ${JSON.stringify(body)}`);
    });
    response.on('error', (error) => settle(`${host}: ${error.message}`));
  });
  client.on('timeout', () => client.destroy(new Error('no answer in time')));
  client.on('error', (error) => settle(`${host}: ${error.message}`));
  client.end();
}

const perTick = Math.max(1, Math.round((request.requestsPerSecond * TICK_MS) / 1_000));
const timer = setInterval(() => {
  for (let n = 0; n < perTick; n += 1) {
    const { hosts, methods } = request;
    const round = Math.floor(requests / hosts.length);
    const method = methods[round % methods.length] as string;
    ask(hosts[requests % hosts.length] as string, method);
  }
}, TICK_MS);

process.once('SIGTERM', () => {
  clearInterval(timer);
  isEnding = true;
  if (open === 0) report();
});
