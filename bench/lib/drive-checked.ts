// Entry of a load process that checks every answer: a steady rate over many hosts until SIGTERM,
// then a CheckedResult as JSON. SIGUSR2 begins a window of its own. A latency counts from the
// moment its request was due. It does not know what changes meanwhile.

import { CheckedConnection } from './checked-connection.ts';
import { Latencies } from './latencies.ts';
import { startTicks } from './ticks.ts';

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
  /** The first is that from the start until the first signal. */
  readonly windows: readonly CheckedWindow[];
}

/** Of the requests that fell due in it. */
export interface CheckedWindow {
  readonly requests: number;
  readonly failures: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** The driver's own error: how long after its time 99 of 100 requests have been sent. */
  readonly lateP99Ms: number;
}

class Window {
  /** What falls due later than that has no latency. */
  static readonly secondsMax = 600;
  readonly latencies = new Latencies(request.requestsPerSecond * Window.secondsMax);
  readonly lateness = new Latencies(request.requestsPerSecond * Window.secondsMax);
  requests = 0;
  failures = 0;

  report(): CheckedWindow {
    const [p50Ms = 0, p99Ms = 0, maxMs = 0] = this.latencies.quantilesMs([0.5, 0.99, 1]);
    const [lateP99Ms = 0] = this.lateness.quantilesMs([0.99]);
    return {
      ...{ requests: this.requests, failures: this.failures },
      ...{ p50Ms, p99Ms, maxMs, lateP99Ms },
    };
  }
}

const EXAMPLES_MAX = 5;
const CONNECTIONS_MAX = 32;

const request = JSON.parse(process.argv[2] ?? '') as CheckedRequest;
const msPerRequest = 1_000 / request.requestsPerSecond;
const examples: string[] = [];
const windows = [new Window()];
/** Connections without a request, the longest idle first. */
const idle: CheckedConnection[] = [];
let sent = 0;
let open = 0;
let beginMs = Number.POSITIVE_INFINITY;
/** The next request is late because all connections are busy, which is not the driver's doing. */
let isBlocked = false;
let isEnding = false;

function sendDue(): void {
  const nowMs = performance.now();
  while (!isEnding && beginMs + sent * msPerRequest <= nowMs) {
    if (open === CONNECTIONS_MAX) {
      isBlocked = true;
      return;
    }
    send(beginMs + sent * msPerRequest, nowMs);
  }
  isBlocked = false;
}

function send(dueMs: number, nowMs: number): void {
  const window = windows.at(-1) as Window;
  const { hosts, methods } = request;
  const host = hosts[sent % hosts.length] as string;
  const method = methods[Math.floor(sent / hosts.length) % methods.length] as string;
  const connection = takeConnection();
  if (!isBlocked) window.lateness.record(nowMs - dueMs);
  sent += 1;
  open += 1;
  window.requests += 1;
  connection.ask(method, host, (answer, failure) => {
    const isRight = answer?.startsWith('200 ') === true && request.bodies.includes(answer.slice(4));
    if (isRight) window.latencies.record(performance.now() - dueMs);
    else fail(window, `${method} ${host}: ${answer === null ? failure : JSON.stringify(answer)}`);
    open -= 1;
    idle.push(connection);
    if (isEnding && open === 0) report();
    else sendDue();
  });
}

/** All of them come round, as with clients that share a pool; one that was closed is replaced. */
function takeConnection(): CheckedConnection {
  const connection = open + idle.length < CONNECTIONS_MAX ? undefined : idle.shift();
  return connection?.isOpen === true ? connection : new CheckedConnection(request.port);
}

function fail(window: Window, failure: string): void {
  window.failures += 1;
  if (examples.length < EXAMPLES_MAX) examples.push(failure);
}

function report(): void {
  const told = windows.map((window) => window.report());
  const failures = told.reduce((sum, window) => sum + window.failures, 0);
  const result: CheckedResult = { requests: sent, failures, examples, windows: told };
  process.stdout.write(JSON.stringify(result), () => process.exit(0));
}

process.on('SIGUSR2', () => windows.push(new Window()));
process.once('SIGTERM', () => {
  isEnding = true;
  if (open === 0) report();
});
await startTicks(sendDue);
beginMs = performance.now();
