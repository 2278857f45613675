// Entry of a load process with a fixed rate: requests fall due evenly, whatever becomes of earlier
// ones, and each latency counts from the moment its request was due (no coordinated omission).
// Prints a LoadResult as JSON, with the driver's own lateness in it.

import { connect, type Socket } from 'node:net';
import { Latencies } from './latencies.ts';
import { BEGUN, type LoadResult } from './run-load.ts';
import { startTicks } from './ticks.ts';

export interface PacedRequest {
  readonly port: number;
  readonly host: string;
  readonly connections: number;
  readonly seconds: number;
  readonly requestsPerSecond: number;
  /** A right answer is 200 and ends so. */
  readonly body: string;
}

/** At the same rate, before anything counts: compilers settle, pools fill. */
const WARM_UP_SECONDS = 1;
/** Requests without an answer so long after the last one was due are errors. */
const GRACE_MS = 5_000;
const STATUS = 'HTTP/1.1 200 ';

const request = JSON.parse(process.argv[2] ?? '') as PacedRequest;
const text = `GET / HTTP/1.1\r\nHost: ${request.host}\r\n\r\n`;
const total = Math.round(request.requestsPerSecond * (WARM_UP_SECONDS + request.seconds));
const msPerRequest = 1_000 / request.requestsPerSecond;
const latencies = new Latencies(total);
const lateness = new Latencies(total);
/** Connections without a request, the longest idle first: a ring with room for all of them. */
const idle: Connection[] = [];
let idleFirst = 0;
let idleCount = 0;
let sent = 0;
let settled = 0;
let errors = 0;
let beginMs = Number.POSITIVE_INFINITY;
/** What falls due from here on counts. */
let countFromMs = Number.POSITIVE_INFINITY;
/** The next request is late because no connection was idle, which is not the driver's doing. */
let isBlocked = false;

class Connection {
  readonly #socket: Socket;
  readonly #opened: () => void;
  #received = '';
  #dueMs = Number.NaN;

  constructor(opened: () => void) {
    this.#opened = opened;
    this.#socket = connect({ port: request.port, host: '127.0.0.1', noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (piece) => this.#receive(piece.toString()));
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.#settle(false));
    this.#socket.write(text);
  }

  send(dueMs: number): void {
    this.#dueMs = dueMs;
    this.#socket.write(text);
  }

  #receive(piece: string): void {
    this.#received += piece;
    if (!this.#received.endsWith(request.body)) return;
    const isRight = this.#received.startsWith(STATUS);
    this.#received = '';
    this.#settle(isRight);
  }

  /** A connection that has closed is never idle again. */
  #settle(isRight: boolean): void {
    if (isRight) release(this);
    else errors += 1;
    if (Number.isNaN(this.#dueMs)) {
      this.#opened();
      return;
    }
    if (isRight && this.#dueMs >= countFromMs) latencies.record(performance.now() - this.#dueMs);
    settled += 1;
    sendDue();
    if (settled === total) report();
  }
}

function release(connection: Connection): void {
  idle[(idleFirst + idleCount) % request.connections] = connection;
  idleCount += 1;
}

function sendDue(): void {
  const nowMs = performance.now();
  while (sent < total && beginMs + sent * msPerRequest <= nowMs) {
    if (idleCount === 0) {
      isBlocked = true;
      return;
    }
    const dueMs = beginMs + sent * msPerRequest;
    if (!isBlocked && dueMs >= countFromMs) lateness.record(nowMs - dueMs);
    const connection = idle[idleFirst] as Connection;
    idleFirst = (idleFirst + 1) % request.connections;
    idleCount -= 1;
    sent += 1;
    connection.send(dueMs);
  }
  isBlocked = false;
}

/** Each connection has been answered once before the load begins. */
async function openConnections(): Promise<void> {
  for (let count = 0; count < request.connections; count += 1) {
    const { promise, resolve } = Promise.withResolvers<void>();
    new Connection(resolve);
    await promise;
  }
}

function report(): void {
  const [p50Ms = 0, p99Ms = 0, p999Ms = 0] = latencies.quantilesMs([0.5, 0.99, 0.999]);
  const [lateP99Ms = 0] = lateness.quantilesMs([0.99]);
  const requests = latencies.count;
  const result: LoadResult = {
    requests,
    requestsPerSecond: requests / ((performance.now() - countFromMs) / 1_000),
    ...{ p50Ms, p99Ms, p999Ms, lateP99Ms },
    errors: errors + total - settled,
  };
  process.stdout.write(JSON.stringify(result), () => process.exit(0));
}

await openConnections();
await startTicks(sendDue);
const msUntilCounting = WARM_UP_SECONDS * 1_000;
beginMs = performance.now();
countFromMs = beginMs + msUntilCounting;
setTimeout(() => process.stdout.write(BEGUN), msUntilCounting);
setTimeout(report, msUntilCounting + request.seconds * 1_000 + GRACE_MS);
