// Entry of a load process that makes TLS handshakes: each client connects, takes its leave when the
// handshake is done, waits for the server to do so too, and connects anew. Prints a LoadResult as
// JSON; a request is a handshake.

import { once } from 'node:events';
import { connect, createSecureContext, type TLSSocket } from 'node:tls';
import { Latencies } from './latencies.ts';
import { BEGUN, type LoadResult } from './run-load.ts';

export interface HandshakesRequest {
  readonly port: number;
  readonly host: string;
  readonly clients: number;
  readonly seconds: number;
  /** All begin with the session of one connection from before. */
  readonly isResumed: boolean;
}

const HANDSHAKES_PER_SECOND_MAX = 50_000;

const request = JSON.parse(process.argv[2] ?? '') as HandshakesRequest;
// One group, which each server has, so that none asks for another or does a costlier one.
const secureContext = createSecureContext({ minVersion: 'TLSv1.3', ecdhCurve: 'X25519' });
const latencies = new Latencies(request.seconds * HANDSHAKES_PER_SECOND_MAX);
let session: Buffer | undefined;
let errors = 0;

function open(): TLSSocket {
  const { port, host: servername } = request;
  return connect({
    ...{ port, host: '127.0.0.1', servername, secureContext, rejectUnauthorized: false },
    ...(session !== undefined && { session }),
  });
}

/** Resolves when the connection is gone. */
async function shake(): Promise<void> {
  const beganMs = performance.now();
  const socket = open();
  const { promise, resolve } = Promise.withResolvers<void>();
  let isDone = false;
  socket.once('secureConnect', () => {
    isDone = socket.isSessionReused() === request.isResumed;
    socket.end();
  });
  socket.on('error', () => {});
  socket.once('close', () => {
    if (isDone) latencies.record(performance.now() - beganMs);
    else errors += 1;
    resolve();
  });
  // Without a reader the end of the connection is not noticed.
  socket.resume();
  await promise;
}

async function keepShaking(endMs: number): Promise<void> {
  while (performance.now() < endMs) await shake();
}

if (request.isResumed) {
  const socket = open();
  [session] = (await once(socket, 'session')) as [Buffer];
  socket.destroy();
}
process.stdout.write(BEGUN, async () => {
  const beginMs = performance.now();
  const endMs = beginMs + request.seconds * 1_000;
  await Promise.all(Array.from({ length: request.clients }, () => keepShaking(endMs)));
  const requests = latencies.count;
  const requestsPerSecond = (requests * 1_000) / (performance.now() - beginMs);
  const [p50Ms = 0, p99Ms = 0, p999Ms = 0] = latencies.quantilesMs([0.5, 0.99, 0.999]);
  const result: LoadResult = { requests, requestsPerSecond, p50Ms, p99Ms, p999Ms, errors };
  process.stdout.write(JSON.stringify(result), () => process.exit(0));
});
