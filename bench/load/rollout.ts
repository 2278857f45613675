// The question: does a request fail while pods are replaced? 1,000 replacements as a Deployment
// with maxSurge 1 does them: the successor is ready, the old pod is told to end and shown as
// terminating, ends after its grace, and vanishes. Every answer is checked.

import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ADDRESS } from '../lib/api-objects.ts';
import { BenchCluster } from '../lib/bench-cluster.ts';
import { BenchPod, POD_BODY } from '../lib/bench-pod.ts';
import { startCheckedLoad } from '../lib/checked-load.ts';
import type { CheckedResult } from '../lib/drive-checked.ts';
import { freePort } from '../lib/free-port.ts';
import { gatewayCommand } from '../lib/headgate.ts';
import {
  type ProbePod,
  probeIngress,
  probeNamespace,
  probeService,
  probeSlice,
} from '../lib/probe-objects.ts';
import { ProcessList } from '../lib/process-list.ts';
import { type Report, runQuestion } from '../lib/question.ts';
import { spread } from '../lib/statistics.ts';
import type { Table } from '../lib/table.ts';
import { TemporaryDirectory } from '../lib/temporary-directory.ts';
import { waitUntilReady } from '../lib/wait-until-ready.ts';

const WORKERS = 2;
const PODS_PER_SERVICE = 3;
/** Time for the load process to start, and for its last requests. */
const LOAD_MARGIN_MS = 1_000;

const { values } = parseArgs({
  options: {
    replacements: { type: 'string', default: '1000' },
    services: { type: 'string', default: '20' },
    rate: { type: 'string', default: '500' },
    /** Between being told to end and ending: what `preStop: sleep` does for a pod. */
    'grace-ms': { type: 'string', multiple: true, default: ['1000', '0'] },
    /** How long a successor takes to start. */
    'start-ms': { type: 'string', default: '100' },
    /** Other Ingresses in the cluster. */
    ingresses: { type: 'string', default: '1000' },
  },
});

interface Result {
  readonly graceMs: number;
  readonly seconds: number;
  readonly load: CheckedResult;
}

/** Addresses for pods, none of them twice. */
class Addresses {
  #count = 0;

  next(): string {
    this.#count += 1;
    return `127.100.${this.#count >> 8}.${this.#count & 255}`;
  }
}

/** One Service whose pods are replaced one after another. */
class Rollout {
  readonly host: string;
  readonly #name: string;
  readonly #cluster: BenchCluster;
  readonly #port: number;
  readonly #addresses: Addresses;
  readonly #ready: BenchPod[] = [];
  #ending: BenchPod | null = null;

  constructor(
    name: string,
    parts: {
      readonly cluster: BenchCluster;
      readonly port: number;
      readonly addresses: Addresses;
    },
  ) {
    this.#name = name;
    this.#cluster = parts.cluster;
    this.#port = parts.port;
    this.#addresses = parts.addresses;
    this.host = probeIngress(name, name).host;
  }

  async begin(): Promise<void> {
    while (this.#ready.length < PODS_PER_SERVICE) await this.#addPod();
    await this.#cluster.create(probeService(this.#name));
    await this.#cluster.create(this.#slice());
    await this.#cluster.create(probeIngress(this.#name, this.#name).object);
  }

  async replaceOne(graceMs: number): Promise<void> {
    await delay(Number(values['start-ms']));
    await this.#addPod();
    await this.#cluster.replace(this.#slice());
    const old = this.#ready.shift() ?? null;
    this.#ending = old;
    const told = this.#cluster.replace(this.#slice());
    if (graceMs > 0) await delay(graceMs);
    await Promise.all([told, old?.end()]);
    this.#ending = null;
    await this.#cluster.replace(this.#slice());
  }

  async end(): Promise<void> {
    await Promise.all(this.#ready.map((pod) => pod.end()));
  }

  async #addPod(): Promise<void> {
    this.#ready.push(await BenchPod.start(this.#addresses.next(), this.#port));
  }

  #slice() {
    const pods: ProbePod[] = this.#ready.map(({ address }) => ({ address, state: 'ready' }));
    if (this.#ending !== null) pods.push({ address: this.#ending.address, state: 'terminating' });
    return probeSlice({ name: this.#name, service: this.#name, port: this.#port, pods });
  }
}

async function rollAll(rollouts: readonly Rollout[], graceMs: number): Promise<void> {
  const each = Math.ceil(Number(values.replacements) / rollouts.length);
  const rolls = rollouts.map(async (rollout) => {
    for (let count = 0; count < each; count += 1) await rollout.replaceOne(graceMs);
  });
  await Promise.all(rolls);
}

async function startGateway(processes: ProcessList, kubeconfig: string) {
  const [httpPort, adminPort] = [await freePort(), await freePort()];
  const listening = { httpPort, adminPort, workers: WORKERS, core: null };
  const headgate = processes.start(gatewayCommand({ kubeconfig, address: ADDRESS, ...listening }));
  await waitUntilReady(`http://127.0.0.1:${adminPort}/readyz`, headgate);
  return httpPort;
}

async function measure(): Promise<Result[]> {
  await using processes = new ProcessList();
  using directory = new TemporaryDirectory();
  const cluster = await BenchCluster.start(processes, {
    ...{ ingresses: Number(values.ingresses), directory: directory.path },
    ...{ churners: 0, churnPerSecond: 0 },
  });
  await cluster.create(probeNamespace());
  const parts = { cluster, port: await freePort(), addresses: new Addresses() };
  const names = Array.from({ length: Number(values.services) }, (_, index) => `roll-${index}`);
  const rollouts = names.map((name) => new Rollout(name, parts));
  for (const rollout of rollouts) await rollout.begin();
  const port = await startGateway(processes, cluster.kubeconfig);
  const request = {
    ...{ port, hosts: rollouts.map(({ host }) => host), methods: ['GET', 'POST'] as const },
    ...{ requestsPerSecond: Number(values.rate), bodies: [POD_BODY] },
  };
  const results: Result[] = [];
  for (const text of values['grace-ms']) {
    const load = startCheckedLoad(processes, request);
    await delay(LOAD_MARGIN_MS);
    const beganAt = performance.now();
    await rollAll(rollouts, Number(text));
    const seconds = (performance.now() - beganAt) / 1_000;
    await delay(LOAD_MARGIN_MS);
    results.push({ graceMs: Number(text), seconds, load: await load.finish() });
  }
  await processes[Symbol.asyncDispose]();
  await Promise.all(rollouts.map((rollout) => rollout.end()));
  cluster.close();
  return results;
}

function tableOf(results: readonly Result[]): Table {
  const heading = ['grace ms', 'replacements', 'seconds', 'requests', 'failed'];
  const rows = results.map(({ graceMs, seconds, load }) => [
    String(graceMs),
    values.replacements,
    seconds.toFixed(1),
    String(load.requests),
    String(load.failures),
  ]);
  return { title: '', rows: [heading, ...rows] };
}

async function ask(): Promise<Report> {
  const results = await measure();
  const setting =
    `${values.services} Services of ${PODS_PER_SERVICE} pods, replaced one by one; ` +
    `${values.rate} checked requests/s, GET and POST; ${values.ingresses} Ingresses beside; ` +
    `a successor takes ${values['start-ms']} ms`;
  const notes = results.flatMap(({ graceMs, load }) =>
    load.examples.map((text) => `failed at ${graceMs} ms: ${text}`),
  );
  const answers = results.map(({ graceMs, load }) => ({
    text: `${values.replacements} pods replaced, grace ${graceMs} ms: failed requests`,
    value: spread([load.failures]),
    digits: 0,
    // Without any grace no proxy can tell a request that has begun from one that has not.
    goal: graceMs > 0 ? 0 : null,
  }));
  return { setting, tables: [tableOf(results)], notes, answers, results };
}

await runQuestion('rollout', ask);
