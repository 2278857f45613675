// The question: how soon after a write to the API does every worker serve what it says? 1,000 and
// 10,000 Ingresses, while nothing else happens and while 5,000 routes and pods change: a route that
// goes to another Service, a pod that goes, the address that an Ingress shows.

import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ADDRESS } from '../lib/api-objects.ts';
import { BenchCluster, type Written } from '../lib/bench-cluster.ts';
import { freePort } from '../lib/free-port.ts';
import { gatewayCommand } from '../lib/headgate.ts';
import type { ProbeConnection } from '../lib/probe-connection.ts';
import { probeIngress, probeNamespace, probeService, probeSlice } from '../lib/probe-objects.ts';
import { ProcessList } from '../lib/process-list.ts';
import { type Report, runQuestion } from '../lib/question.ts';
import { startCanned } from '../lib/start-backend.ts';
import { quantile } from '../lib/statistics.ts';
import type { Table } from '../lib/table.ts';
import { TemporaryDirectory } from '../lib/temporary-directory.ts';
import { waitUntilReady } from '../lib/wait-until-ready.ts';
import { arrivalMs, lastSentTo, openWorkerProbes } from '../lib/worker-probes.ts';

const WORKERS = 2;
const HOSTS = 16;
/** Long enough that each change is met by an idle controller, as a person's edit is. */
const PAUSE_MS = 30;
/** How long is looked for requests to a pod that has gone. */
const WATCHED_MS = 100;
const ADDRESS_POLL_MS = 5;
const ADDRESS_WAIT_MS = 10_000;
const SERVICES = ['a', 'b'] as const;
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
  /** Of the two Services' pods. */
  readonly ports: Readonly<Record<(typeof SERVICES)[number], number>>;
}

/** Milliseconds since a write was sent, and since it was acknowledged. */
class Samples {
  readonly sinceSentMs: number[] = [];
  readonly sinceAcknowledgedMs: number[] = [];

  /** Nothing is earlier than the write. */
  add({ sentAtMs, acknowledgedAtMs }: Written, atMs: number): void {
    this.sinceSentMs.push(Math.max(0, atMs - sentAtMs));
    this.sinceAcknowledgedMs.push(Math.max(0, atMs - acknowledgedAtMs));
  }
}

interface Measured {
  readonly ingresses: number;
  readonly what: string;
  /** Objects that changed meanwhile, per second. */
  readonly churnPerSecond: number;
  readonly samples: Samples;
}

async function fill({ cluster, ports }: Omit<Stage, 'probes'>): Promise<void> {
  await cluster.create(probeNamespace());
  for (const name of SERVICES) {
    await cluster.create(probeService(name));
    await cluster.create(loopbackSlice(name, name, ports[name], true));
    await cluster.create(loopbackSlice(`both-${name}`, 'both', ports[name], true));
  }
  await cluster.create(probeService('both'));
  await cluster.create(probeIngress('both', 'both').object);
  for (let index = 0; index < HOSTS; index += 1) {
    await cluster.create(probeIngress(String(index), 'a').object);
  }
}

function loopbackSlice(name: string, service: string, port: number, hasPod: boolean) {
  const pods = hasPod ? [{ address: '127.0.0.1', state: 'ready' } as const] : [];
  return probeSlice({ name, service, port, pods });
}

/** Each change leads one host to the other of two Services. */
async function measureChanges({ cluster, probes }: Stage): Promise<Samples> {
  const samples = new Samples();
  for (let change = 0; change < Number(values.changes); change += 1) {
    const service = SERVICES[Math.floor(change / HOSTS + 1) % 2] ?? 'a';
    const { object, host } = probeIngress(String(change % HOSTS), service);
    const written = cluster.replace(object);
    const arrived = arrivalMs(probes, { host, expected: `200 ${service}` });
    samples.add(await written, await arrived);
    await delay(PAUSE_MS);
  }
  // Back to where they were, for whoever measures next.
  for (let index = 0; index < HOSTS; index += 1) {
    await cluster.replace(probeIngress(String(index), 'a').object);
  }
  return samples;
}

/** Each removal takes one of the two pods of a Service away; both workers go on asking. */
async function measureRemovals({ cluster, probes, ports }: Stage): Promise<Samples> {
  const samples = new Samples();
  const { host } = probeIngress('both', 'both');
  for (let removal = 0; removal < Number(values.removals); removal += 1) {
    const asking = lastSentTo(probes, { host, body: 'b', forMs: PAUSE_MS + WATCHED_MS });
    await delay(PAUSE_MS);
    const written = cluster.replace(loopbackSlice('both-b', 'both', ports.b, false));
    samples.add(await written, await asking);
    await cluster.replace(loopbackSlice('both-b', 'both', ports.b, true));
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
    ['a route changes', await measureChanges(stage)],
    ['a pod is removed', await measureRemovals(stage)],
    ['an address is shown', await measureAddresses(stage, round)],
  ]);
}

async function measure(ingresses: number, directory: string): Promise<Measured[]> {
  await using processes = new ProcessList();
  const place = { processes, directory, core: null };
  const ports = { a: await freePort(), b: await freePort() };
  for (const name of SERVICES) startCanned(place, ports[name], name);
  const cluster = await BenchCluster.start(processes, {
    ...{ ingresses, directory },
    ...{ churners: Number(values.churners), churnPerSecond: Number(values.churn) },
  });
  await fill({ cluster, ports });
  const [httpPort, adminPort] = [await freePort(), await freePort()];
  const { kubeconfig } = cluster;
  const listening = { httpPort, adminPort, workers: WORKERS, core: null };
  const headgate = processes.start(gatewayCommand({ kubeconfig, address: ADDRESS, ...listening }));
  await waitUntilReady(`http://127.0.0.1:${adminPort}/readyz`, headgate);
  const { host } = probeIngress('0', 'a');
  const probes = await openWorkerProbes({ httpPort, adminPort }, host);
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
