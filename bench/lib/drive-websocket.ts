// Entry of a load process that speaks WebSocket on raw sockets, plain or of TLS: each connection
// sends a message, waits for its echo, and sends the next. Prints a LoadResult as JSON; a request
// is a message.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { Latencies } from './latencies.ts';
import { BEGUN, type LoadResult } from './run-load.ts';
import { clientFrame, serverFrame } from './websocket-frames.ts';

export interface WebSocketRequest {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly connections: number;
  readonly seconds: number;
  readonly payloadBytes: number;
  readonly isSecure: boolean;
}

const MESSAGES_PER_SECOND_MAX = 500_000;
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
/** RFC 6455 1.3 works this one out. */
const ACCEPTED = /^HTTP\/1\.1 101 .*\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/is;
const HEAD_END = '\r\n\r\n';

const request = JSON.parse(process.argv[2] ?? '') as WebSocketRequest;
const payload = Buffer.alloc(request.payloadBytes, 'message ');
const message = clientFrame(payload);
const expected = serverFrame(payload);
const latencies = new Latencies(request.seconds * MESSAGES_PER_SECOND_MAX);
let errors = 0;
let endMs = Number.POSITIVE_INFINITY;

async function open(): Promise<Socket> {
  const { port, host: servername } = request;
  const address = { port, host: '127.0.0.1', noDelay: true };
  const socket = request.isSecure
    ? connectSecurely({ ...address, servername, rejectUnauthorized: false })
    : connect(address);
  socket.write(
    `GET ${request.path} HTTP/1.1\r\nHost: ${request.host}\r\nUpgrade: websocket\r\n` +
      `Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`,
  );
  let head = '';
  while (!head.endsWith(HEAD_END)) {
    const [piece] = (await once(socket, 'data')) as [Buffer];
    head += piece.toString('latin1');
  }
  if (!ACCEPTED.test(head)) throw new Error(`no WebSocket: ${head.split('\r\n', 1)[0]}`);
  return socket;
}

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
while (sockets.length < request.connections) sockets.push(await open());
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
