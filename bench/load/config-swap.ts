// The question: how soon does every worker serve a change of one manifest, and does a request fail
// meanwhile? 1,000 Ingresses, two workers, 200 changes of the service behind a host, under load.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startCheckedLoad } from '../lib/checked-load.ts';
import type { CheckedResult } from '../lib/drive-checked.ts';
import { freePort } from '../lib/free-port.ts';
import { headgateCommand } from '../lib/headgate.ts';
import { describeMachine } from '../lib/machine.ts';
import { ProbeConnection } from '../lib/probe-connection.ts';
import { readResidentBytes } from '../lib/process-cpu.ts';
import { ProcessList } from '../lib/process-list.ts';
import { saveResult } from '../lib/save-result.ts';
import { startCanned } from '../lib/start-backend.ts';
import { quantile } from '../lib/statistics.ts';
import { type Layout, SwapManifests, type WriteMode } from '../lib/swap-manifests.ts';
import { formatTable } from '../lib/table.ts';
import { TemporaryDirectory } from '../lib/temporary-directory.ts';
import { waitUntilReady } from '../lib/wait-until-ready.ts';
import { workerConnections } from '../lib/worker-connections.ts';

const WORKERS = 2;
const PROBES = 8;
const PROBE_ATTEMPTS_MAX = 10;
const PROBE_INTERVAL_MS = 1;
/** A change that takes longer has not arrived. */
const CHANGE_TIMEOUT_MS = 10_000;
/** Long enough that each change is met by an idle controller, as a person's edit is. */
const PAUSE_MS = 50;
/** Time for the load process to start. */
const LOAD_START_MS = 1_000;
const SERVICES = ['a', 'b'];
const LAYOUTS: readonly Layout[] = ['one file per Ingress', 'all in one file'];
/** Steps through the hosts so that neighbours in time are not neighbours in the table. */
const HOST_STRIDE = 7;

interface SwapResult {
  readonly layout: Layout;
  readonly readyMs: number;
  readonly changesMs: readonly number[];
  readonly load: CheckedResult;
  readonly residentBytes: { readonly start: number; readonly end: number };
}

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1000' },
    changes: { type: 'string', default: '200' },
    rate: { type: 'string', default: '500' },
    write: { type: 'string', default: 'in-place' },
  },
});
const writeMode: WriteMode = values.write === 'rename' ? 'rename' : 'in-place';

async function startService(name: string, processes: ProcessList): Promise<[string, number]> {
  const port = await freePort();
  const running = startCanned({ processes, directory: '', core: null }, port, name);
  await waitUntilReady(`http://127.0.0.1:${port}/`, running);
  return [name, port];
}

/** Connections of which every worker has some; which has which does not matter. */
async function openProbes(port: number, adminPort: number): Promise<ProbeConnection[]> {
  for (let attempt = 0; attempt < PROBE_ATTEMPTS_MAX; attempt += 1) {
    const probes = await Promise.all(
      Array.from({ length: PROBES }, () => ProbeConnection.open(port)),
    );
    // An answer shows that the worker has accepted the connection and counted it.
    await Promise.all(probes.map((probe) => probe.ask('host-0.bench.test')));
    const counts = await workerConnections(adminPort);
    if (counts.length === WORKERS && counts.every((count) => count > 0)) return probes;
    for (const probe of probes) probe.close();
  }
  throw new Error(`${PROBES} connections never reached all of ${WORKERS} workers`);
}

/** Milliseconds from `writtenAt` until the connection's worker serves the change. */
async function arrival(
  probe: ProbeConnection,
  host: string,
  expected: string,
  writtenAt: number,
): Promise<number> {
  for (;;) {
    const answer = await probe.ask(host);
    const elapsed = performance.now() - writtenAt;
    if (answer === expected) return elapsed;
    if (elapsed > CHANGE_TIMEOUT_MS) return Number.POSITIVE_INFINITY;
    await delay(PROBE_INTERVAL_MS);
  }
}

async function runChanges(probes: readonly ProbeConnection[], manifests: SwapManifests) {
  const changesMs: number[] = [];
  for (let change = 0; change < Number(values.changes); change += 1) {
    const index = (change * HOST_STRIDE) % manifests.hosts.length;
    const host = manifests.hosts[index] ?? '';
    const expected = `200 ${manifests.swap(index)}`;
    const writtenAt = performance.now();
    const arrivals = probes.map((probe) => arrival(probe, host, expected, writtenAt));
    changesMs.push(Math.max(...(await Promise.all(arrivals))));
    await delay(PAUSE_MS);
  }
  return changesMs;
}

async function measure(layout: Layout, parent: string): Promise<SwapResult> {
  await using processes = new ProcessList();
  const directory = join(parent, layout.replaceAll(' ', '-'));
  mkdirSync(directory);
  const services = await Promise.all(SERVICES.map((name) => startService(name, processes)));
  const hostCount = Number(values.hosts);
  const backendPorts = new Map(services);
  const manifests = new SwapManifests({ directory, layout, writeMode, hostCount, backendPorts });
  const httpPort = await freePort();
  const adminPort = await freePort();
  const startedAt = performance.now();
  const headgate = processes.start(
    headgateCommand({ manifests: directory, httpPort, adminPort, workers: WORKERS, core: null }),
  );
  await waitUntilReady(`http://127.0.0.1:${adminPort}/readyz`, headgate);
  const readyMs = performance.now() - startedAt;
  const start = readResidentBytes(headgate.pid);
  const probes = await openProbes(httpPort, adminPort);
  const requestsPerSecond = Number(values.rate);
  const { hosts } = manifests;
  const methods = ['GET'] as const;
  const request = { port: httpPort, hosts, methods, requestsPerSecond, bodies: SERVICES };
  const load = startCheckedLoad(processes, request);
  await delay(LOAD_START_MS);
  const changesMs = await runChanges(probes, manifests);
  const end = readResidentBytes(headgate.pid);
  const checked = await load.finish();
  for (const probe of probes) probe.close();
  return { layout, readyMs, changesMs, load: checked, residentBytes: { start, end } };
}

function report(results: readonly SwapResult[]): string {
  const heading = ['layout', 'changes', 'p50 ms', 'p99 ms', 'max ms', 'requests', 'failed'];
  heading.push('ready ms', 'RSS at start', 'RSS at end');
  const rows = results.map(({ layout, readyMs, changesMs, load, residentBytes }) => [
    layout,
    String(changesMs.length),
    ...[0.5, 0.99, 1].map((fraction) => quantile(changesMs, fraction).toFixed(1)),
    String(load.requests),
    String(load.failures),
    readyMs.toFixed(0),
    ...[residentBytes.start, residentBytes.end].map((size) => `${(size / 2 ** 20).toFixed(0)} MiB`),
  ]);
  const examples = results.flatMap(({ load }) => load.examples).map((text) => `failed: ${text}\n`);
  return formatTable([heading, ...rows]) + examples.join('');
}

using directory = new TemporaryDirectory();
const machine = describeMachine();
const setting =
  `${values.hosts} hosts, ${WORKERS} workers, ${values.rate} checked requests/s, files written ` +
  `${writeMode}; a change has arrived when ${PROBES} connections over all workers see it`;
const results: SwapResult[] = [];
for (const layout of LAYOUTS) results.push(await measure(layout, directory.path));
process.stdout.write(`${machine}\n${setting}\n\n${report(results)}`);
process.stdout.write(`\n${saveResult('config-swap', { machine, setting, results })}\n`);
