// How long it takes from the objects of 1,000 and 10,000 Ingresses in the Store to the first
// published generation, how long the event loop stands still meanwhile, and how large the heap of
// the main thread is. Run with --expose-gc.

import { clusterObjects } from '../lib/cluster-objects.ts';
import { ControlPlane } from '../lib/control-plane.ts';
import { LoopStalls } from '../lib/loop-stalls.ts';
import { formatTable } from '../lib/table.ts';

const INGRESS_COUNTS = [1_000, 10_000];
const MEBIBYTE = 2 ** 20;

async function measure(ingressCount: number): Promise<string[]> {
  await using plane = new ControlPlane();
  for (const object of clusterObjects(ingressCount)) plane.store.upsert(object);
  using stalls = new LoopStalls();
  stalls.takeLongestMs();
  const cpu = process.threadCpuUsage();
  const startedAt = performance.now();
  plane.controller.changed();
  await plane.rebuilt;
  const durationMs = performance.now() - startedAt;
  const { user, system } = process.threadCpuUsage(cpu);
  const heapPeak = process.memoryUsage().heapUsed;
  const stallMs = stalls.takeLongestMs();
  globalThis.gc?.();
  return [
    ingressCount.toLocaleString('en'),
    durationMs.toFixed(0),
    ((user + system) / 1_000).toFixed(0),
    stallMs.toFixed(0),
    (heapPeak / MEBIBYTE).toFixed(0),
    (process.memoryUsage().heapUsed / MEBIBYTE).toFixed(0),
    (plane.arena.usedBytes / MEBIBYTE).toFixed(1),
  ];
}

const rows: string[][] = [];
for (const count of INGRESS_COUNTS) rows.push(await measure(count));
const heading = [
  'Ingresses',
  'to published ms',
  'main thread CPU ms',
  'longest stall ms',
  'heap MiB',
  'heap after gc MiB',
  'arena MiB',
];
process.stdout.write(formatTable([heading, ...rows]));
