// Entry of a load process that reads streams of events over TLS, and how long after it was written
// each one has come. Prints a LoadResult as JSON; a request is an event.

import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { Latencies } from './latencies.ts';
import { BEGUN, type LoadResult } from './run-load.ts';

export interface EventsRequest {
  readonly port: number;
  readonly host: string;
  readonly connections: number;
  readonly seconds: number;
  /** On all connections together. */
  readonly eventsPerSecond: number;
}

const MS_PER_NS = 1e-6;
const EVENT = /data: (\d+\.\d+) /g;
const HEAD_END = '\r\n\r\n';
const STATUS = /^HTTP\/1\.1 200 /;

const request = JSON.parse(process.argv[2] ?? '') as EventsRequest;
const latencies = new Latencies(request.seconds * request.eventsPerSecond * 2);
let errors = 0;

async function open(): Promise<TLSSocket> {
  const { port, host: servername } = request;
  const address = { port, host: '127.0.0.1', servername };
  const socket = connect({ ...address, rejectUnauthorized: false }).setNoDelay();
  socket.write(`GET /${request.eventsPerSecond} HTTP/1.1\r\nHost: ${request.host}\r\n\r\n`);
  const [piece] = (await once(socket, 'data')) as [Buffer];
  const head = piece.toString('latin1');
  if (!STATUS.test(head) || !head.includes(HEAD_END)) throw new Error(`no events: ${head}`);
  return socket;
}

function read(socket: TLSSocket): void {
  socket.on('data', (piece) => {
    const nowMs = Number(process.hrtime.bigint()) * MS_PER_NS;
    for (const [, writtenMs] of piece.toString('latin1').matchAll(EVENT)) {
      latencies.record(nowMs - Number(writtenMs));
    }
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    errors += 1;
  });
}

const sockets: TLSSocket[] = [];
while (sockets.length < request.connections) sockets.push(await open());
process.stdout.write(BEGUN, () => {
  const beginMs = performance.now();
  for (const socket of sockets) read(socket);
  setTimeout(() => {
    const requests = latencies.count;
    const requestsPerSecond = (requests * 1_000) / (performance.now() - beginMs);
    const [p50Ms = 0, p99Ms = 0, p999Ms = 0] = latencies.quantilesMs([0.5, 0.99, 0.999]);
    const result: LoadResult = { requests, requestsPerSecond, p50Ms, p99Ms, p999Ms, errors };
    process.stdout.write(JSON.stringify(result), () => process.exit(0));
  }, request.seconds * 1_000);
});
