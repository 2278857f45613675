// The question: how many bytes of heap does a worker take for one request at steady state? The heap
// statistics of the worker's own thread over at least 100,000 requests, after a warm-up.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HeapSample } from '../lib/heap-probe.ts';
import { coreFor } from '../lib/machine.ts';
import { BENCH_HOST, PEERS, type Peer } from '../lib/peers.ts';
import { type Question, type Report, runQuestions } from '../lib/question.ts';
import type { Options } from '../lib/read-options.ts';
import { type LoadPlace, runLoad } from '../lib/run-load.ts';
import { openScene } from '../lib/scene.ts';
import { BODY, startBackend } from '../lib/start-backend.ts';
import { startPeer } from '../lib/start-peer.ts';
import { spread } from '../lib/statistics.ts';

const CONNECTIONS = 64;
/** Until the optimising compiler has settled and every connection has been used. */
const WARM_UP_REQUESTS = 50_000;
const REQUESTS = 100_000;
const LOADS_MAX = 100;
const LOAD_SECONDS = 2;

interface Stretch {
  readonly requests: number;
  readonly bytesPerRequest: number;
  readonly collectionUsPerRequest: number;
  readonly usedBytes: number;
}

function probed(file: string): Peer {
  const headgate = PEERS.find(({ kind }) => kind === 'headgate') as Peer;
  const probe = join(import.meta.dirname, '..', 'lib', 'heap-probe.ts');
  return {
    ...headgate,
    prepare: (setting) => {
      const { command, readyUrl } = headgate.prepare(setting);
      const args = ['--import', probe, ...command.args];
      return { command: { ...command, args, env: { HEAP_PROBE_FILE: file } }, readyUrl };
    },
  };
}

function readSamples(file: string): HeapSample[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as HeapSample);
}

/** Cuts the samples into stretches of at least REQUESTS requests, after the warm-up. */
function stretchesOf(samples: readonly HeapSample[]): Stretch[] {
  const stretches: Stretch[] = [];
  let first: HeapSample | null = null;
  for (const sample of samples) {
    if (sample.requests < WARM_UP_REQUESTS) continue;
    first ??= sample;
    const requests = sample.requests - first.requests;
    if (requests < REQUESTS) continue;
    stretches.push({
      requests,
      bytesPerRequest: (sample.allocatedBytes - first.allocatedBytes) / requests,
      collectionUsPerRequest: ((sample.collectionMs - first.collectionMs) * 1_000) / requests,
      usedBytes: sample.usedBytes,
    });
    first = sample;
  }
  return stretches;
}

async function measure(place: LoadPlace, file: string, port: number, pid: number, count: number) {
  const url = `http://127.0.0.1:${port}/`;
  const load = { url, host: BENCH_HOST, connections: CONNECTIONS, seconds: LOAD_SECONDS };
  for (let loads = 0; loads < LOADS_MAX; loads += 1) {
    await runLoad(place, load, pid);
    const stretches = stretchesOf(readSamples(file));
    if (stretches.length >= count) return stretches.slice(0, count);
  }
  throw new Error(`fewer than ${count * REQUESTS} requests in ${LOADS_MAX} loads`);
}

async function ask(options: Options): Promise<Report> {
  await using scene = await openScene(options, [], (place) => startBackend(place, BODY));
  const { place, backend } = scene;
  const file = join(place.directory, 'heap.jsonl');
  const { port, pid } = await startPeer(probed(file), {
    ...{ processes: place.processes, directory: place.directory },
    ...{ backendPort: backend.port, core: coreFor('proxy') },
  });
  const results = await measure(place, file, port, pid, options.rounds);
  const rows = results.map((stretch) => [
    String(stretch.requests),
    stretch.bytesPerRequest.toFixed(0),
    stretch.collectionUsPerRequest.toFixed(2),
    (stretch.usedBytes / 2 ** 20).toFixed(1),
  ]);
  const heading = ['requests', 'bytes/request', 'GC us/request', 'heap in use at the end, MiB'];
  const answer = {
    text: 'heap allocated per request, bytes',
    value: spread(results.map(({ bytesPerRequest }) => bytesPerRequest)),
    digits: 0,
    goal: null,
  };
  const setting =
    `${CONNECTIONS} keep-alive connections, ${BODY.length}-byte body, ${options.driver}, ` +
    `total_allocated_bytes of the worker's thread, stretches of at least ${REQUESTS} requests ` +
    `after ${WARM_UP_REQUESTS}, backend ${backend.name}`;
  return { setting, tables: [{ title: '', rows: [heading, ...rows] }], answers: [answer], results };
}

export const allocation: Question = { name: 'allocation', ask };

if (import.meta.main) await runQuestions([allocation]);
