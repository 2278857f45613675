// The question: how soon after a write to the API does every worker serve what it says? 1,000 and
// 10,000 Ingresses, while nothing else happens and while 5,000 routes and pods change: a route that
// goes to another Service, a pod that goes, the address that an Ingress shows.

import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ADDRESS } from '../lib/api-objects.ts';
import { BenchCluster } from '../lib/bench-cluster.ts';
import { freePort } from '../lib/free-port.ts';
import { gatewayCommand } from '../lib/headgate.ts';
import type { ServiceName } from '../lib/host-routes.ts';
import type { ProbeConnection } from '../lib/probe-connection.ts';
import { probeIngress, probeService } from '../lib/probe-objects.ts';
import {
  changeProbedRoutes,
  createProbedRoutes,
  loopbackSlice,
  PAUSE_MS,
  PROBED_HOST,
  Samples,
  type ServicePorts,
} from '../lib/probed-routes.ts';
import { ProcessList } from '../lib/process-list.ts';
import { type Report, runQuestion } from '../lib/question.ts';
import { startPair } from '../lib/start-backend.ts';
import { quantile } from '../lib/statistics.ts';
import type { Table } from '../lib/table.ts';
import { TemporaryDirectory } from '../lib/temporary-directory.ts';
import { waitUntilReady } from '../lib/wait-until-ready.ts';
import { lastSentTo, openWorkerProbes } from '../lib/worker-probes.ts';

const WORKERS = 2;
/** How long is looked for requests to a pod that has gone. */
const WATCHED_MS = 100;
const ADDRESS_POLL_MS = 5;
const ADDRESS_WAIT_MS = 10_000;
const FRACTIONS = [0.5, 0.9, 0.99, 1];

const { values } = parseArgs({
  options: {
    ingresses: { type: 'string', multiple: true, default: ['1000', '10000'] },
    changes: { type: 'string', default: '200' },
    removals: { type: 'string', default: '50' },
    addresses: { type: 'string', default: '20' },
    churners: { type: 'string', default: '5000' },
    churn: { type: 'string', default: '500' },
  },
});

interface Stage {
  readonly cluster: BenchCluster;
  readonly probes: readonly ProbeConnection[];
  readonly ports: ServicePorts;
}

interface Measured {
  readonly ingresses: number;
  readonly what: string;
  /** Objects that changed meanwhile, per second. */
  readonly churnPerSecond: number;
  readonly samples: Samples;
}

/** A Service with both pods, one of which is taken away again and again. */
async function createShared(cluster: BenchCluster, ports: ServicePorts): Promise<void> {
  for (const name of ['a', 'b'] as const) await cluster.create(sharedSlice(name, ports, true));
  await cluster.create(probeService('both'));
  await cluster.create(probeIngress('both', 'both').object);
}

function sharedSlice(name: ServiceName, ports: ServicePorts, hasPod: boolean) {
  return loopbackSlice({ name: `both-${name}`, service: 'both', port: ports[name], hasPod });
}

/** Each removal takes one of the two pods of a Service away; both workers go on asking. */
async function measureRemovals({ cluster, probes, ports }: Stage): Promise<Samples> {
  const samples = new Samples();
  const { host } = probeIngress('both', 'both');
  for (let removal = 0; removal < Number(values.removals); removal += 1) {
    const asking = lastSentTo(probes, { host, body: 'b', forMs: PAUSE_MS + WATCHED_MS });
    await delay(PAUSE_MS);
    const written = cluster.replace(sharedSlice('b', ports, false));
    samples.add(await written, await asking);
    await cluster.replace(sharedSlice('b', ports, true));
    await delay(WATCHED_MS);
  }
  return samples;
}

/** From the making of an Ingress until it shows an address, as often asked as is sensible. */
async function measureAddresses({ cluster }: Stage, round: string): Promise<Samples> {
  const samples = new Samples();
  for (let index = 0; index < Number(values.addresses); index += 1) {
    const { object } = probeIngress(`${round}-${index}`, 'a');
    const written = await cluster.create(object);
    for (;;) {
      if (JSON.stringify((await cluster.read(object)).status).includes(ADDRESS)) break;
      if (performance.now() - written.sentAtMs > ADDRESS_WAIT_MS) throw new Error('no address');
      await delay(ADDRESS_POLL_MS);
    }
    samples.add(written, performance.now());
  }
  return samples;
}

async function measureAll(stage: Stage, round: string): Promise<Map<string, Samples>> {
  return new Map([
    [
      'a route changes',
      await changeProbedRoutes(stage.cluster, stage.probes, Number(values.changes)),
    ],
    ['a pod is removed', await measureRemovals(stage)],
    ['an address is shown', await measureAddresses(stage, round)],
  ]);
}

async function measure(ingresses: number, directory: string): Promise<Measured[]> {
  await using processes = new ProcessList();
  const ports = await startPair(processes, 'canned-backend.ts');
  const cluster = await BenchCluster.start(processes, {
    ...{ ingresses, directory },
    ...{ churners: Number(values.churners), churnPerSecond: Number(values.churn) },
  });
  await createProbedRoutes(cluster, ports);
  await createShared(cluster, ports);
  const [httpPort, adminPort] = [await freePort(), await freePort()];
  const { kubeconfig } = cluster;
  const listening = { httpPort, adminPort, workers: WORKERS, core: null };
  const headgate = processes.start(gatewayCommand({ kubeconfig, address: ADDRESS, ...listening }));
  await waitUntilReady(`http://127.0.0.1:${adminPort}/readyz`, headgate);
  const probes = await openWorkerProbes({ httpPort, adminPort }, PROBED_HOST);
  const stage = { cluster, probes, ports };
  const quiet = await measureAll(stage, 'quiet');
  cluster.beginChurn();
  const busy = await measureAll(stage, 'busy');
  const churnPerSecond = await cluster.endChurn();
  for (const probe of probes) probe.close();
  cluster.close();
  return [
    ...[...quiet].map(([what, samples]) => ({ ingresses, what, churnPerSecond: 0, samples })),
    ...[...busy].map(([what, samples]) => ({ ingresses, what, churnPerSecond, samples })),
  ];
}

function tableOf(results: readonly Measured[]): Table {
  const heading = ['Ingresses', 'changes/s beside', '', 'since', 'p50 ms', 'p90 ms', 'p99 ms'];
  heading.push('max ms', 'samples');
  const rows = results.flatMap(({ ingresses, what, churnPerSecond, samples }) =>
    (['sinceSentMs', 'sinceAcknowledgedMs'] as const).map((since) => [
      ingresses.toLocaleString('en'),
      churnPerSecond.toFixed(0),
      what,
      since === 'sinceSentMs' ? 'sent' : 'acknowledged',
      ...FRACTIONS.map((fraction) => quantile(samples[since], fraction).toFixed(1)),
      String(samples[since].length),
    ]),
  );
  return { title: '', rows: [heading, ...rows] };
}

async function ask(): Promise<Report> {
  const setting =
    `${WORKERS} workers, one connection to each; of the ${values.churners} objects that change ` +
    `half are Ingresses and half slices of pods`;
  const results: Measured[] = [];
  for (const count of values.ingresses) {
    using directory = new TemporaryDirectory();
    results.push(...(await measure(Number(count), directory.path)));
  }
  return { setting, tables: [tableOf(results)], answers: [], results };
}

await runQuestion('propagation', ask);
