// Entry of a load process that speaks WebSocket on raw sockets, plain or of TLS: each connection
// sends a message, waits for its echo, and sends the next. Prints a LoadResult as JSON; a request
// is a message.

import type { Socket } from 'node:net';
import { Latencies } from './latencies.ts';
import { openWebSocket, type WebSocketTarget } from './open-websocket.ts';
import { BEGUN, type LoadResult } from './run-load.ts';
import { clientFrame, serverFrame } from './websocket-frames.ts';

export interface WebSocketRequest extends WebSocketTarget {
  readonly connections: number;
  readonly seconds: number;
  readonly payloadBytes: number;
}

const MESSAGES_PER_SECOND_MAX = 500_000;

const request = JSON.parse(process.argv[2] ?? '') as WebSocketRequest;
const payload = Buffer.alloc(request.payloadBytes, 'message ');
const message = clientFrame(payload);
const expected = serverFrame(payload);
const latencies = new Latencies(request.seconds * MESSAGES_PER_SECOND_MAX);
let errors = 0;
let endMs = Number.POSITIVE_INFINITY;

function converse(socket: Socket): void {
  let received: Buffer = Buffer.alloc(0);
  let sentMs = performance.now();
  socket.on('data', (arrived) => {
    const piece = arrived as Buffer;
    received = received.length === 0 ? piece : Buffer.concat([received, piece]);
    if (received.length < expected.length) return;
    const nowMs = performance.now();
    if (received.equals(expected)) latencies.record(nowMs - sentMs);
    else errors += 1;
    received = received.subarray(received.length);
    if (nowMs >= endMs) return;
    sentMs = nowMs;
    socket.write(message);
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    errors += 1;
  });
  socket.write(message);
}

const sockets: Socket[] = [];
while (sockets.length < request.connections) sockets.push(await openWebSocket(request));
process.stdout.write(BEGUN, () => {
  const beginMs = performance.now();
  endMs = beginMs + request.seconds * 1_000;
  for (const socket of sockets) converse(socket);
  setTimeout(() => {
    const requests = latencies.count;
    const elapsedSeconds = (performance.now() - beginMs) / 1_000;
    const [p50Ms = 0, p99Ms = 0, p999Ms = 0] = latencies.quantilesMs([0.5, 0.99, 0.999]);
    const requestsPerSecond = requests / elapsedSeconds;
    const result: LoadResult = { requests, requestsPerSecond, p50Ms, p99Ms, p999Ms, errors };
    process.stdout.write(JSON.stringify(result), () => process.exit(0));
  }, request.seconds * 1_000);
});
