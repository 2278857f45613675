// How long a lone change of one Ingress or of one EndpointSlice takes from the Store to the
// published generation, among 1,000 and 10,000 Ingresses.

import type { Resource } from '#kubernetes/resources.ts';
import { clusterObjects, ingressOf, sliceOf } from '../lib/cluster-objects.ts';
import { ControlPlane } from '../lib/control-plane.ts';
import { LoopStalls } from '../lib/loop-stalls.ts';
import { quantile } from '../lib/statistics.ts';
import { formatTable } from '../lib/table.ts';

const INGRESS_COUNTS = (process.argv[2] ?? '1000,10000').split(',').map(Number);
const CHANGES = 300;
const WARM_UP = 50;
/** Longer than the holdoff rests after a publication, so that each change is a lone one. */
const PAUSE_MS = 20;

async function measure(
  plane: ControlPlane,
  name: string,
  objectOf: (change: number) => Resource,
): Promise<string[]> {
  const durations: number[] = [];
  using stalls = new LoopStalls();
  for (let change = 1; change <= WARM_UP + CHANGES; change += 1) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    if (change === WARM_UP) stalls.takeLongestMs();
    const { rebuilt } = plane;
    const startedAt = performance.now();
    plane.change(objectOf(change));
    await rebuilt;
    if (change > WARM_UP) durations.push(performance.now() - startedAt);
  }
  const cells = [0.5, 0.9, 0.99, 1].map((fraction) => quantile(durations, fraction).toFixed(2));
  return [name, ...cells, stalls.takeLongestMs().toFixed(1)];
}

async function measureAll(ingressCount: number): Promise<string[][]> {
  await using plane = new ControlPlane();
  const comingCount = WARM_UP + CHANGES;
  for (const object of clusterObjects(ingressCount, { comingCount })) plane.store.upsert(object);
  const { rebuilt } = plane;
  plane.controller.changed();
  await rebuilt;
  const among = `among ${ingressCount.toLocaleString('en')}`;
  const spread = (change: number, count: number): number => (change * 7_919) % count;
  return [
    await measure(plane, `an Ingress ${among}`, (change) =>
      ingressOf(spread(change, ingressCount), change),
    ),
    await measure(plane, `an Ingress that comes, ${among}`, (change) =>
      ingressOf(ingressCount + change, 0),
    ),
    await measure(plane, `an EndpointSlice ${among}`, (change) =>
      sliceOf(spread(change, ingressCount / 2), change),
    ),
  ];
}

const rows: string[][] = [];
for (const count of INGRESS_COUNTS) rows.push(...(await measureAll(count)));
const heading = ['a change of', 'p50 ms', 'p90 ms', 'p99 ms', 'max ms', 'longest stall ms'];
process.stdout.write(formatTable([heading, ...rows]));
