// The question: does memory grow while 2 GiB pass through one connection to a reader that is slower
// than the writer? Once to a slow client, once to a slow backend; the proxy's resident memory.

import { connect, type Socket } from 'node:net';
import { measureEvery } from '../lib/measure-every.ts';
import { BENCH_HOST } from '../lib/peers.ts';
import { readResidentBytes } from '../lib/process-cpu.ts';
import { type Answer, type Question, type Report, runQuestions } from '../lib/question.ts';
import type { Options } from '../lib/read-options.ts';
import { readSlowly } from '../lib/read-slowly.ts';
import { runLoad } from '../lib/run-load.ts';
import { openScene } from '../lib/scene.ts';
import { startNodeBackend } from '../lib/start-backend.ts';
import type { RunningPeer } from '../lib/start-peer.ts';
import { spread } from '../lib/statistics.ts';

const DIRECTIONS = ['to a slow client', 'to a slow backend'] as const;
type Direction = (typeof DIRECTIONS)[number];

const STREAM_BYTES = 2 * 2 ** 30;
const STREAM_BYTES_QUICK = 2 ** 28;
/** So that 2 GiB take 26 s; the writers here do ten times as much. */
const BYTES_PER_SECOND = 80 * 2 ** 20;
const PIECE = Buffer.alloc(2 ** 20, 'x');
const SAMPLE_INTERVAL_MS = 20;
const WARM_UP_CONNECTIONS = 64;
const MIB = 2 ** 20;
const GOAL_MIB = 16;

interface Stream {
  readonly peer: string;
  readonly direction: Direction;
  readonly seconds: number;
  readonly startBytes: number;
  readonly peakBytes: number;
  readonly endBytes: number;
}

/** Resolves once everything has arrived, rejects if the connection ends before. */
function stream(port: number, direction: Direction, size: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', reject);
  socket.on('close', () => reject(new Error('the connection was closed')));
  if (direction === 'to a slow client') receive(socket, size, resolve);
  else send(socket, size, resolve);
  return promise.finally(() => socket.destroy());
}

function receive(socket: Socket, size: number, done: () => void): void {
  let received = 0;
  readSlowly(socket, BYTES_PER_SECOND);
  socket.on('data', ({ length }: Buffer) => {
    received += length;
    if (received >= size) done();
  });
  socket.write(`GET /${size} HTTP/1.1\r\nHost: ${BENCH_HOST}\r\n\r\n`);
}

/** The answer comes when the backend has read all of it. */
function send(socket: Socket, size: number, done: () => void): void {
  let left = size;
  const sendMore = () => {
    while (left > 0) {
      const piece = PIECE.subarray(0, left);
      left -= piece.length;
      if (!socket.write(piece)) return;
    }
  };
  socket.on('drain', sendMore);
  socket.on('data', () => done());
  socket.write(
    `POST /${BYTES_PER_SECOND} HTTP/1.1\r\nHost: ${BENCH_HOST}\r\n` +
      `Content-Length: ${size}\r\n\r\n`,
  );
  sendMore();
}

async function measure(
  { peer, port, pid }: RunningPeer,
  direction: Direction,
  size: number,
): Promise<Stream> {
  const startBytes = readResidentBytes(pid);
  const startMs = performance.now();
  const sample = () => readResidentBytes(pid);
  const samples = await measureEvery(SAMPLE_INTERVAL_MS, sample, stream(port, direction, size));
  return {
    peer: `${peer.name} ${peer.version()}`,
    direction,
    seconds: (performance.now() - startMs) / 1_000,
    startBytes,
    peakBytes: Math.max(startBytes, ...samples),
    endBytes: readResidentBytes(pid),
  };
}

function answerOf(direction: Direction, results: readonly Stream[]): Answer {
  const ours = results.filter(
    (result) => result.peer.startsWith('headgate ') && result.direction === direction,
  );
  const growths = ours.map(({ peakBytes, startBytes }) => (peakBytes - startBytes) / MIB);
  return {
    text: `streaming ${direction}: growth of memory, MiB`,
    value: spread(growths.length === 0 ? [Number.NaN] : growths),
    digits: 1,
    goal: GOAL_MIB,
  };
}

async function ask(options: Options): Promise<Report> {
  await using scene = await openScene(options, ['headgate', 'nginx'], (place) =>
    startNodeBackend(place, 'body-backend.ts'),
  );
  const size = options.isQuick ? STREAM_BYTES_QUICK : STREAM_BYTES;
  const results: Stream[] = [];
  for (const running of scene.running) {
    const url = `http://127.0.0.1:${running.port}/`;
    const load = { url, host: BENCH_HOST, connections: WARM_UP_CONNECTIONS };
    await runLoad(scene.place, { ...load, seconds: options.warmup }, running.pid);
    for (const direction of DIRECTIONS) {
      results.push(await measure(running, direction, size));
      process.stderr.write(`${running.peer.name} ${direction}: done\n`);
    }
  }
  const heading = ['proxy', 'stream', 'seconds', 'RSS at start, MiB', 'peak', 'end', 'growth'];
  const rows = results.map(({ peer, direction, seconds, startBytes, peakBytes, endBytes }) => [
    ...[peer, direction, seconds.toFixed(1)],
    ...[startBytes, peakBytes, endBytes, peakBytes - startBytes].map((bytes) =>
      (bytes / MIB).toFixed(1),
    ),
  ]);
  const setting =
    `${size / MIB} MiB through one connection, read at ${BYTES_PER_SECOND / MIB} MiB/s; ` +
    `VmRSS of the whole process, every ${SAMPLE_INTERVAL_MS} ms; backend ${scene.backend.name}`;
  const answers = DIRECTIONS.map((direction) => answerOf(direction, results));
  return { setting, tables: [{ title: '', rows: [heading, ...rows] }], answers, results };
}

export const streamMemory: Question = { name: 'stream-memory', ask };

if (import.meta.main) await runQuestions([streamMemory]);
