// What a table of 100,000 hosts with ten paths each costs: to compile it whole, to change one route
// of it until each of two workers finds the other one, and in memory after 10,000 such changes;
// and what one slice costs of a Service that has 1,000.
//
//   node --expose-gc bench/micro/scale.ts [--hosts 100000] [--paths 10] [--publishes 10000]

import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Resource } from '#kubernetes/resources.ts';
import type { AdoptingWorkerStart, Question } from '../lib/adopting-worker.ts';
import { clusterObjects, crowdSlice, ingressOf, sliceOf } from '../lib/cluster-objects.ts';
import { ControlPlane } from '../lib/control-plane.ts';
import { LoopStalls } from '../lib/loop-stalls.ts';
import { quantile } from '../lib/statistics.ts';
import { formatTable } from '../lib/table.ts';

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '100000' },
    paths: { type: 'string', default: '10' },
    publishes: { type: 'string', default: '10000' },
  },
});
const HOSTS = Number(values.hosts);
const PATHS = Number(values.paths);
const PUBLISHES = Number(values.publishes);
const WORKERS = 2;
const LONE_CHANGES = 500;
/** Longer than the holdoff rests after a publication, so that a change is a lone one. */
const PAUSE_MS = 20;
/** Of 100 pods each. */
const CROWD_SLICES = 1_000;
const CROWD_CHANGES = 50;
const TIMES = ['p50 ms', 'p90 ms', 'p99 ms', 'max ms', 'longest stall ms'];
const MEBIBYTE = 2 ** 20;

interface Change {
  readonly object: Resource;
  /** A request that has a route only once the change is in force, or a route all the while. */
  readonly question: Question;
}

class Workers implements AsyncDisposable {
  readonly #threads: readonly Worker[];

  constructor({ arena, control }: ControlPlane) {
    this.#threads = Array.from({ length: WORKERS }, (_, index) => {
      const start: AdoptingWorkerStart = { arena: arena.buffer, control: control.buffer, index };
      return new Worker(new URL('../lib/adopting-worker.ts', import.meta.url), {
        workerData: start,
      });
    });
  }

  /** Tells each of a generation; resolves when all have found the answer in it. */
  async adopt(question: Question): Promise<void> {
    const answers = await Promise.all(
      this.#threads.map(async (thread) => {
        thread.postMessage(question);
        const [answer] = await once(thread, 'message');
        return answer;
      }),
    );
    if (answers.includes(false)) throw new Error(`no route for ${question.host}${question.path}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const thread of this.#threads) await thread.terminate();
  }
}

function routeChange(change: number): Change {
  const index = (change * 7_919) % HOSTS;
  return {
    object: ingressOf(index, change, PATHS),
    question: { host: `host-${index}.bench.test`, path: `/api/v${change}/part-0` },
  };
}

function podChange(change: number): Change {
  const service = (change * 7_919) % (HOSTS / 2);
  const question = { host: 'host-0.bench.test', path: '/api/v0/part-0' };
  return { object: sliceOf(service, change), question };
}

function crowdChange(change: number): Change {
  const question = { host: 'host-0.bench.test', path: '/api/v0/part-0' };
  return { object: crowdSlice(0, change % CROWD_SLICES, change), question };
}

let published = Promise.withResolvers<void>();
await using plane = new ControlPlane(WORKERS, () => published.resolve());
await using workers = new Workers(plane);
let changeCount = 0;

/** Milliseconds until every worker has found the change. */
async function changeOne(changeOf: (change: number) => Change): Promise<number> {
  changeCount += 1;
  const { object, question } = changeOf(changeCount);
  const { rebuilt } = plane;
  published = Promise.withResolvers();
  const startedAt = performance.now();
  plane.change(object);
  await published.promise;
  await workers.adopt(question);
  const durationMs = performance.now() - startedAt;
  await rebuilt;
  return durationMs;
}

async function changeAlone(
  name: string,
  changeOf: (change: number) => Change,
  count: number,
): Promise<string[]> {
  const durations: number[] = [];
  using stalls = new LoopStalls();
  for (let change = -count / 5; change < count; change += 1) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    if (change === 0) stalls.takeLongestMs();
    const durationMs = await changeOne(changeOf);
    if (change >= 0) durations.push(durationMs);
  }
  const cells = [0.5, 0.9, 0.99, 1].map((fraction) => quantile(durations, fraction).toFixed(2));
  return [name, ...cells, stalls.takeLongestMs().toFixed(1)];
}

async function start(): Promise<string[]> {
  for (const object of clusterObjects(HOSTS, { pathCount: PATHS })) plane.store.upsert(object);
  globalThis.gc?.();
  using stalls = new LoopStalls();
  stalls.takeLongestMs();
  const { rebuilt } = plane;
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  plane.controller.changed();
  await rebuilt;
  const durationMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  const stallMs = stalls.takeLongestMs();
  await workers.adopt({ host: 'host-0.bench.test', path: '/api/v0/part-0' });
  const { compileDurations, publishDurations } = plane.controller.inForce;
  const parts = [compileDurations, publishDurations].map(({ sumSeconds }) => sumSeconds * 1_000);
  return [durationMs, ...parts, (user + system) / 1_000, stallMs].map((ms) => ms.toFixed(0));
}

function memory(name: string): string[] {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const { usedBytes, freeExtentCount } = plane.arena;
  const sizes = [rss, heapUsed, usedBytes].map((bytes) => (bytes / MEBIBYTE).toFixed(1));
  return [name, ...sizes, freeExtentCount.toLocaleString('en')];
}

function print(...rows: readonly string[][]): void {
  process.stdout.write(`${formatTable(rows)}\n`);
}

print(
  [
    `${HOSTS.toLocaleString('en')} hosts of ${PATHS} paths`,
    'to published ms',
    'compile ms',
    'publish ms',
    'CPU of all threads ms',
    'longest stall ms',
  ],
  ['a full start, without parsing', ...(await start())],
);
print(
  ['a lone change of', ...TIMES],
  await changeAlone('an Ingress', routeChange, LONE_CHANGES),
  await changeAlone('an EndpointSlice', podChange, LONE_CHANGES),
);
for (let index = 0; index < CROWD_SLICES; index += 1) plane.store.upsert(crowdSlice(0, index, 0));
print(
  [`one of ${CROWD_SLICES.toLocaleString('en')} slices of a Service`, ...TIMES],
  await changeAlone('100,000 endpoints', crowdChange, CROWD_CHANGES),
);
const before = memory('before');
const middle = PUBLISHES / 2;
for (let change = 0; change < middle; change += 1) await changeOne(routeChange);
const halfway = memory(`after ${middle.toLocaleString('en')} publishes`);
for (let change = middle; change < PUBLISHES; change += 1) await changeOne(routeChange);
print(
  ['memory', 'RSS MiB', 'heap MiB', 'arena used MiB', 'free extents'],
  before,
  halfway,
  memory(`after ${PUBLISHES.toLocaleString('en')} publishes`),
);
