// How long changes take from the Store to the published generation while 5,000 routes and pods
// change as fast as a busy cluster changes them, and how long the event loop stands still.

import { present } from '#base/assert.ts';
import { findInList } from '#base/sorted-list.ts';
import { clusterObjects, ingressOf, sliceOf } from '../lib/cluster-objects.ts';
import { ControlPlane } from '../lib/control-plane.ts';
import { LoopStalls } from '../lib/loop-stalls.ts';
import { quantile } from '../lib/statistics.ts';
import { formatTable } from '../lib/table.ts';

const INGRESSES = 10_000;
const CHANGES = 5_000;
const RATES = [200, 1_000, 2_500];
const TICK_MS = 2;

async function measure(plane: ControlPlane, perSecond: number, round: number): Promise<string[]> {
  using stalls = new LoopStalls();
  const durations: number[] = [];
  const { publisher } = plane;
  const generation = publisher.generation;
  const startedAt = performance.now();
  stalls.takeLongestMs();
  const cpu = process.threadCpuUsage();
  const waits: Promise<void>[] = [];
  let sent = 0;
  while (sent < CHANGES) {
    const due = Math.min(CHANGES, ((performance.now() - startedAt) * perSecond) / 1_000);
    for (; sent < due; sent += 1) {
      waits.push(change(plane, sent, round * CHANGES + sent).then((ms) => void durations.push(ms)));
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(waits);
  const { user, system } = process.threadCpuUsage(cpu);
  const elapsedMs = performance.now() - startedAt;
  return [
    perSecond.toLocaleString('en'),
    ...[0.5, 0.9, 0.99, 1].map((fraction) => quantile(durations, fraction).toFixed(1)),
    (publisher.generation - generation).toString(),
    stalls.takeLongestMs().toFixed(1),
    `${((user + system) / 10 / elapsedMs).toFixed(0)} %`,
  ];
}

/** Milliseconds until the change is published: a rebuild under way does not have it yet. */
async function change(plane: ControlPlane, sent: number, version: number): Promise<number> {
  const index = (sent * 7_919) % INGRESSES;
  const isRoute = sent % 2 === 0;
  const object = isRoute ? ingressOf(index, version) : sliceOf(index >> 1, version);
  const changedAt = performance.now();
  const inForce = (): unknown => {
    const { routes, endpoints } = plane.controller;
    const name = nameOf(index, isRoute);
    return isRoute
      ? findInList(routes.virtualHosts, name, ({ host }) => host)
      : findInList(endpoints.upstreams, name, (upstream) => upstream.name);
  };
  const before = inForce();
  plane.change(object);
  while (inForce() === before) await plane.rebuilt;
  return performance.now() - changedAt;
}

function nameOf(index: number, isRoute: boolean): string {
  const { host } = present(ingressOf(index, 0).rules[0], 'an Ingress has a rule');
  const { namespace, serviceName } = sliceOf(index >> 1, 0);
  return isRoute ? `${host}` : `${namespace}/${serviceName}:80`;
}

await using plane = new ControlPlane();
for (const object of clusterObjects(INGRESSES)) plane.store.upsert(object);
const { rebuilt } = plane;
plane.controller.changed();
await rebuilt;
const rows: string[][] = [];
for (const [round, rate] of RATES.entries()) rows.push(await measure(plane, rate, round + 1));
const heading = [
  'changes/s',
  'p50 ms',
  'p90 ms',
  'p99 ms',
  'max ms',
  'generations',
  'longest stall ms',
  'main thread',
];
process.stdout.write(formatTable([heading, ...rows]));
