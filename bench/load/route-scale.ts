// The question: what do more hosts cost? For each size a cluster of so many Ingresses of a host
// each, and one real gateway: its memory, time and CPU until it is ready, a change until every
// worker serves it, and a lookup; nginx with as many server blocks beside it.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ADDRESS } from '../lib/api-objects.ts';
import { BenchCluster } from '../lib/bench-cluster.ts';
import { ChangingNginx } from '../lib/changing-nginx.ts';
import { freePort } from '../lib/free-port.ts';
import { gatewayCommand } from '../lib/headgate.ts';
import type { LineChart } from '../lib/line-chart.ts';
import { formatStall, readMainThread } from '../lib/main-thread.ts';
import { nginxVersion } from '../lib/nginx.ts';
import {
  changeProbedRoutes,
  createProbedRoutes,
  PROBED_HOST,
  type ServicePorts,
} from '../lib/probed-routes.ts';
import { readCpuUs, readResidentBytes } from '../lib/process-cpu.ts';
import { ProcessList } from '../lib/process-list.ts';
import { type Answer, type Report, runQuestion } from '../lib/question.ts';
import { runMisses } from '../lib/run-misses.ts';
import { secondsUntilReady } from '../lib/seconds-until-ready.ts';
import { startPair } from '../lib/start-backend.ts';
import { quantile, spread } from '../lib/statistics.ts';
import type { Table } from '../lib/table.ts';
import { TemporaryDirectory } from '../lib/temporary-directory.ts';
import { openWorkerProbes } from '../lib/worker-probes.ts';

const WORKERS = 2;
const MEBIBYTE = 2 ** 20;
const LOOKUP_SECONDS = 3;
/** So that what the changes have left to do is done. */
const LOOKUP_PAUSE_MS = 1_000;
const NGINX_CHANGES = 5;
/** Until nginx's old workers are gone, whose memory is not that of its size. */
const NGINX_SETTLE_MS = 1_000;

const { values } = parseArgs({
  options: {
    /** Hosts; 0 is the process alone. */
    sizes: { type: 'string', default: '0,10,1000,5000,10000,100000' },
    paths: { type: 'string', default: '1' },
    changes: { type: 'string', default: '100' },
  },
});
const sizes = values.sizes.split(',').map(Number);

interface Scaled {
  readonly hosts: number;
  readonly readySeconds: number;
  readonly memoryBytes: number;
  /** Until a change was served. */
  readonly changesMs: readonly number[];
}

interface ScaledHeadgate extends Scaled {
  readonly cpuSeconds: number;
  readonly heapBytes: number;
  readonly longestStallMs: number;
  readonly cpuUsPerMiss: number;
}

async function measureHeadgate(hosts: number, directory: string): Promise<ScaledHeadgate> {
  await using processes = new ProcessList();
  const ports = await startPair(processes, 'canned-backend.ts');
  const cluster = await startCluster(processes, { hosts, directory, ports });
  const [httpPort, adminPort] = [await freePort(), await freePort()];
  const startedAt = performance.now();
  const { pid } = processes.start(
    gatewayCommand({
      ...{ kubeconfig: cluster.kubeconfig, address: ADDRESS, httpPort, adminPort },
      ...{ workers: WORKERS, core: null },
    }),
  );
  const readySeconds = await secondsUntilReady(adminPort, startedAt);
  const cpuSeconds = readCpuUs(pid) / 1_000_000;
  const memoryBytes = readResidentBytes(pid);
  const { heapBytes, longestStallMs } = await readMainThread(adminPort);
  const probes = await openWorkerProbes({ httpPort, adminPort }, PROBED_HOST);
  const { sinceSentMs } = await changeProbedRoutes(cluster, probes, Number(values.changes));
  for (const probe of probes) probe.close();
  await delay(LOOKUP_PAUSE_MS);
  const load = { port: httpPort, pid, hosts, seconds: LOOKUP_SECONDS, directory };
  const cpuUsPerMiss = await runMisses(processes, load);
  cluster.close();
  return {
    ...{ hosts, readySeconds, memoryBytes, changesMs: sinceSentMs },
    ...{ cpuSeconds, heapBytes, longestStallMs, cpuUsPerMiss },
  };
}

async function startCluster(
  processes: ProcessList,
  { hosts, directory, ports }: { hosts: number; directory: string; ports: ServicePorts },
): Promise<BenchCluster> {
  const cluster = await BenchCluster.start(processes, {
    ...{ ingresses: hosts, paths: Number(values.paths), directory },
    ...{ churners: 0, churnPerSecond: 0 },
  });
  await createProbedRoutes(cluster, ports);
  return cluster;
}

async function measureNginx(hosts: number, directory: string): Promise<Scaled> {
  await using processes = new ProcessList();
  const backendPorts = await startPair(processes, 'canned-backend.ts');
  const startedAt = performance.now();
  const nginx = await ChangingNginx.start({
    ...{ processes, directory, hostCount: hosts, workers: WORKERS, backendPorts },
    shutdownSeconds: null,
  });
  const readySeconds = (performance.now() - startedAt) / 1_000;
  const { memoryBytes } = nginx.vitals();
  const changesMs: number[] = [];
  for (let change = 0; change < NGINX_CHANGES; change += 1) {
    changesMs.push(await nginx.arrivalOf(change % hosts));
    await nginx.settle();
    await delay(NGINX_SETTLE_MS);
  }
  return { hosts, readySeconds, memoryBytes, changesMs };
}

function headgateTable(results: readonly ScaledHeadgate[]): Table {
  const heading = ['hosts', 'RSS MiB', 'heap MiB', 'ready after s', 'CPU s until then'];
  heading.push('longest stall ms up to', 'a change p50 ms', 'p99 ms', 'CPU us/lookup and 404');
  const rows = results.map((result) => [
    result.hosts.toLocaleString('en'),
    ...[result.memoryBytes, result.heapBytes].map((bytes) => (bytes / MEBIBYTE).toFixed(0)),
    ...[result.readySeconds, result.cpuSeconds].map((seconds) => seconds.toFixed(2)),
    formatStall(result.longestStallMs),
    ...[0.5, 0.99].map((fraction) => quantile(result.changesMs, fraction).toFixed(1)),
    result.cpuUsPerMiss.toFixed(1),
  ]);
  return { title: 'headgate', rows: [heading, ...rows] };
}

function nginxTable(results: readonly Scaled[]): Table {
  const heading = ['hosts', 'memory MiB', 'ready after s', 'a reload p50 ms', 'max ms'];
  const rows = results.map(({ hosts, memoryBytes, readySeconds, changesMs }) => [
    hosts.toLocaleString('en'),
    (memoryBytes / MEBIBYTE).toFixed(0),
    readySeconds.toFixed(2),
    ...[0.5, 1].map((fraction) => quantile(changesMs, fraction).toFixed(0)),
  ]);
  return { title: `nginx ${nginxVersion()}`, rows: [heading, ...rows] };
}

type Curves = readonly (readonly [name: string, results: readonly Scaled[]])[];

function chartOf(
  curves: Curves,
  { title, unit, of }: { title: string; unit: string; of: (result: Scaled) => number },
): LineChart {
  return {
    title,
    x: { label: 'hosts', scale: 'log' },
    y: { label: unit, scale: 'log' },
    series: curves.map(([name, results]) => ({
      name,
      points: results.map((result) => [result.hosts, of(result)] as const),
    })),
  };
}

function chartsOf(headgate: readonly ScaledHeadgate[], nginx: readonly Scaled[]): LineChart[] {
  const curves: Curves =
    nginx.length === 0
      ? [['headgate', headgate]]
      : [
          ['headgate', headgate],
          ['nginx', nginx],
        ];
  const mebibytes = ({ memoryBytes }: Scaled) => memoryBytes / MEBIBYTE;
  const median = ({ changesMs }: Scaled) => quantile(changesMs, 0.5);
  const readiness = ({ readySeconds }: Scaled) => readySeconds;
  return [
    chartOf(curves, { title: 'Resident memory', unit: 'MiB', of: mebibytes }),
    chartOf(curves, { title: 'Ready after', unit: 's', of: readiness }),
    chartOf(curves, { title: 'One change until it is served, p50', unit: 'ms', of: median }),
    {
      title: 'A lookup that finds nothing, and its 404',
      x: { label: 'hosts', scale: 'log' },
      y: { label: 'CPU us', scale: 'linear' },
      series: [
        {
          name: 'headgate',
          points: headgate.map(({ hosts, cpuUsPerMiss }) => [hosts, cpuUsPerMiss] as const),
        },
      ],
    },
  ];
}

function answersOf(results: readonly ScaledHeadgate[]): Answer[] {
  return results.flatMap(({ hosts, memoryBytes, changesMs }) => {
    const many = hosts === 0 ? 'nothing to serve' : `${hosts.toLocaleString('en')} hosts`;
    const figures = [
      [`${many}: RSS, MiB`, memoryBytes / MEBIBYTE],
      [`${many}: a change until every worker serves it, p99 ms`, quantile(changesMs, 0.99)],
    ] as const;
    return figures.map(([text, figure]) => ({
      ...{ text, value: spread([figure]), digits: 0, goal: null },
    }));
  });
}

async function ask(): Promise<Report> {
  const headgate: ScaledHeadgate[] = [];
  const nginx: Scaled[] = [];
  for (const hosts of sizes) {
    using directory = new TemporaryDirectory();
    headgate.push(await measureHeadgate(hosts, directory.path));
    process.stderr.write(`headgate, ${hosts} hosts: done\n`);
    if (hosts === 0 || nginxVersion() === null) continue;
    const own = join(directory.path, 'nginx');
    mkdirSync(own);
    nginx.push(await measureNginx(hosts, own));
    process.stderr.write(`nginx, ${hosts} hosts: done\n`);
  }
  const setting =
    `an Ingress of ${values.paths} paths for each host, ten pods for every two hosts, a test API ` +
    `server beside; ${WORKERS} workers; ${values.changes} changes, each alone`;
  const tables = [headgateTable(headgate), ...(nginx.length === 0 ? [] : [nginxTable(nginx)])];
  return {
    ...{ setting, tables, charts: chartsOf(headgate, nginx) },
    ...{ answers: answersOf(headgate), results: { headgate, nginx } },
  };
}

await runQuestion('route-scale', ask);
