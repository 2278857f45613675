// The question: what does a large cluster ask of a gateway? 10,000 Ingresses and 50,000 endpoints:
// the time from the start of the process until it is ready, the heap of its main thread and its
// longest stall, at the start and while routes and pods change.

import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ADDRESS } from '../lib/api-objects.ts';
import { BenchCluster } from '../lib/bench-cluster.ts';
import { freePort } from '../lib/free-port.ts';
import { gatewayCommand } from '../lib/headgate.ts';
import { formatStall, readMainThread } from '../lib/main-thread.ts';
import { readCpuUs, readResidentBytes } from '../lib/process-cpu.ts';
import { ProcessList, type RunningProcess } from '../lib/process-list.ts';
import { type Report, runQuestion } from '../lib/question.ts';
import { secondsUntilReady } from '../lib/seconds-until-ready.ts';
import type { Table } from '../lib/table.ts';
import { TemporaryDirectory } from '../lib/temporary-directory.ts';

const WORKERS = 2;
const SAMPLE_MS = 500;
const MEBIBYTE = 2 ** 20;

const { values } = parseArgs({
  options: {
    ingresses: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    churners: { type: 'string', default: '5000' },
    churn: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '10' },
  },
});

interface Phase {
  readonly what: string;
  readonly seconds: number;
  readonly heapPeakBytes: number;
  readonly longestStallMs: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

async function measureStart(
  adminPort: number,
  startedAt: number,
  headgate: RunningProcess,
): Promise<Phase> {
  const seconds = await secondsUntilReady(adminPort, startedAt);
  const cpuSeconds = readCpuUs(headgate.pid) / 1_000_000;
  const { heapBytes, longestStallMs } = await readMainThread(adminPort);
  const residentBytes = readResidentBytes(headgate.pid);
  return {
    ...{ what: 'start', seconds, heapPeakBytes: heapBytes },
    ...{ longestStallMs, cpuSeconds, residentBytes },
  };
}

async function measureSpell(
  adminPort: number,
  { what, headgate }: { readonly what: string; readonly headgate: RunningProcess },
): Promise<Phase> {
  const before = await readMainThread(adminPort);
  const cpuUs = readCpuUs(headgate.pid);
  const beganAt = performance.now();
  const endAt = beganAt + Number(values.seconds) * 1_000;
  let heapPeakBytes = 0;
  let longestStallMs = 0;
  while (performance.now() < endAt) {
    await delay(SAMPLE_MS);
    const vitals = await readMainThread(adminPort, before.counts);
    heapPeakBytes = Math.max(heapPeakBytes, vitals.heapBytes);
    ({ longestStallMs } = vitals);
  }
  return {
    ...{ what, seconds: (performance.now() - beganAt) / 1_000, heapPeakBytes, longestStallMs },
    cpuSeconds: (readCpuUs(headgate.pid) - cpuUs) / 1_000_000,
    residentBytes: readResidentBytes(headgate.pid),
  };
}

async function measure(cluster: BenchCluster): Promise<Phase[]> {
  await using processes = new ProcessList();
  const [httpPort, adminPort] = [await freePort(), await freePort()];
  const listening = { httpPort, adminPort, workers: WORKERS, core: null };
  const startedAt = performance.now();
  const { kubeconfig } = cluster;
  const headgate = processes.start(gatewayCommand({ kubeconfig, address: ADDRESS, ...listening }));
  const start = await measureStart(adminPort, startedAt, headgate);
  const quiet = await measureSpell(adminPort, { what: 'quiet', headgate });
  cluster.beginChurn();
  const busy = await measureSpell(adminPort, { what: '', headgate });
  const perSecond = await cluster.endChurn();
  return [start, quiet, { ...busy, what: `${perSecond.toFixed(0)} changes/s` }];
}

function tableOf(rounds: readonly (readonly Phase[])[]): Table {
  const heading = ['round', '', 'seconds', 'heap at most MiB', 'longest stall ms up to'];
  heading.push('CPU s', 'RSS MiB');
  const rows = rounds.flatMap((phases, round) =>
    phases.map((phase) => [
      String(round + 1),
      phase.what,
      phase.seconds.toFixed(2),
      (phase.heapPeakBytes / MEBIBYTE).toFixed(0),
      formatStall(phase.longestStallMs),
      phase.cpuSeconds.toFixed(2),
      (phase.residentBytes / MEBIBYTE).toFixed(0),
    ]),
  );
  return { title: '', rows: [heading, ...rows] };
}

async function ask(): Promise<Report> {
  const setting =
    `${values.ingresses} Ingresses, ${Number(values.ingresses) * 5} endpoints, ${WORKERS} ` +
    `workers; the heap is read every ${SAMPLE_MS} ms, the stall is that of a look every 20 ms`;
  await using processes = new ProcessList();
  using directory = new TemporaryDirectory();
  const cluster = await BenchCluster.start(processes, {
    ...{ ingresses: Number(values.ingresses), directory: directory.path },
    ...{ churners: Number(values.churners), churnPerSecond: Number(values.churn) },
  });
  const results: Phase[][] = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    results.push(await measure(cluster));
  }
  cluster.close();
  return { setting, tables: [tableOf(results)], answers: [], results };
}

await runQuestion('cluster-scale', ask);
