// The question: do WebSockets live through changes of routes? 1,000 of them echo while 1,000
// changes are made, and more come meanwhile and stay, as in life; beside it nginx, which keeps its
// old workers as long as they have a socket, or drops what they have after a time.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ChangingHeadgate } from '../lib/changing-headgate.ts';
import { ChangingNginx } from '../lib/changing-nginx.ts';
import type { ChangingProxy, ChangingSetting, Vitals } from '../lib/changing-proxy.ts';
import { startSockets } from '../lib/checked-load.ts';
import type { SocketsResult } from '../lib/drive-sockets.ts';
import type { LineChart } from '../lib/line-chart.ts';
import { makeChanges } from '../lib/make-changes.ts';
import { nginxVersion } from '../lib/nginx.ts';
import { ProcessList } from '../lib/process-list.ts';
import { type Answer, type Report, runQuestion } from '../lib/question.ts';
import { startPair } from '../lib/start-backend.ts';
import { spread } from '../lib/statistics.ts';
import type { Table } from '../lib/table.ts';
import { TemporaryDirectory } from '../lib/temporary-directory.ts';

const WORKERS = 2;
const MEBIBYTE = 2 ** 20;
const SAMPLE_MS = 500;
/** nginx's worker_shutdown_timeout, in the row that has one. */
const SHUTDOWN_SECONDS = 10;
/** After the last change, long enough for that timeout. */
const WATCHED_MS = 12_000;

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1000' },
    sockets: { type: 'string', default: '1000' },
    comers: { type: 'string', default: '200' },
    changes: { type: 'string', default: '1000' },
    'changes-per-second': { type: 'string', default: '50' },
  },
});
const changesPerSecond = Number(values['changes-per-second']);
const changingMs = (Number(values.changes) / changesPerSecond) * 1_000;

interface Sample extends Vitals {
  readonly atSeconds: number;
}

interface Result {
  readonly proxy: string;
  readonly sockets: SocketsResult;
  readonly changes: number;
  readonly updates: number;
  readonly samples: readonly Sample[];
}

async function measure(proxy: ChangingProxy, processes: ProcessList): Promise<Result> {
  const comers = Number(values.comers);
  const load = startSockets(processes, {
    ...{ port: proxy.port, hosts: proxy.routes.hosts, sockets: Number(values.sockets), comers },
    comeEveryMs: changingMs / Math.max(1, comers),
  });
  await load.begun;
  const updatesBefore = await proxy.countUpdates();
  const samples: Sample[] = [];
  const beganAtMs = performance.now();
  const sample = () => {
    const atSeconds = (performance.now() - beganAtMs) / 1_000;
    samples.push({ atSeconds, ...proxy.vitals() });
  };
  sample();
  const timer = setInterval(sample, SAMPLE_MS);
  const changes = await makeChanges(proxy, { perSecond: changesPerSecond, forMs: changingMs });
  await proxy.settle();
  await delay(WATCHED_MS);
  clearInterval(timer);
  const updates = (await proxy.countUpdates()) - updatesBefore;
  return { proxy: proxy.name, sockets: await load.finish(), changes, updates, samples };
}

async function measureAll(): Promise<Result[]> {
  using directory = new TemporaryDirectory();
  const place = (processes: ProcessList, backendPorts: ChangingSetting['backendPorts']) => {
    const hostCount = Number(values.hosts);
    return (name: string): ChangingSetting => {
      const own = join(directory.path, name);
      mkdirSync(own);
      return { processes, directory: own, hostCount, workers: WORKERS, backendPorts };
    };
  };
  const starts: readonly ((at: ReturnType<typeof place>) => Promise<ChangingProxy>)[] = [
    (at) => ChangingHeadgate.start(at('headgate')),
    (at) => ChangingNginx.start({ ...at('nginx'), shutdownSeconds: null }),
    (at) => ChangingNginx.start({ ...at('nginx-timeout'), shutdownSeconds: SHUTDOWN_SECONDS }),
  ];
  const results: Result[] = [];
  for (const start of nginxVersion() === null ? starts.slice(0, 1) : starts) {
    // Of their own, so that no proxy meets the sockets of another one.
    await using processes = new ProcessList();
    const proxy = await start(place(processes, await startPair(processes, 'echo-backend.ts')));
    results.push(await measure(proxy, processes));
    process.stderr.write(`${proxy.name}: done\n`);
  }
  return results;
}

function tableOf(results: readonly Result[]): Table {
  const heading = ['proxy', 'sockets', 'lost', 'refused', 'out of order', 'no echo', 'messages'];
  heading.push('echo p99 ms', 'max ms', 'changes', 'taken into use', 'workers at most');
  heading.push('memory MiB before', 'at most', 'after');
  const rows = results.map(({ proxy, sockets, changes, updates, samples }) => {
    const { opened, lost, refused, disordered, unanswered, messages, p99Ms, maxMs } = sockets;
    const sizes = samples.map(({ memoryBytes }) => memoryBytes / MEBIBYTE);
    const counts = [opened, lost, refused, disordered, unanswered, messages];
    return [
      proxy,
      ...counts.map((count) => count.toLocaleString('en')),
      ...[p99Ms, maxMs].map((ms) => ms.toFixed(1)),
      ...[changes, updates].map((count) => count.toLocaleString('en')),
      String(Math.max(...samples.map(({ workers }) => workers))),
      ...[sizes[0] ?? 0, Math.max(...sizes), sizes.at(-1) ?? 0].map((size) => size.toFixed(0)),
    ];
  });
  return { title: '', rows: [heading, ...rows] };
}

function chartOf(
  results: readonly Result[],
  { title, unit, of }: { title: string; unit: string; of: (sample: Sample) => number },
): LineChart {
  return {
    title,
    x: { label: 'seconds', scale: 'linear' },
    y: { label: unit, scale: 'linear' },
    series: results.map(({ proxy, samples }) => ({
      name: proxy,
      points: samples.map((sample) => [sample.atSeconds, of(sample)] as const),
    })),
  };
}

function answersOf(results: readonly Result[]): Answer[] {
  return results.flatMap(({ proxy, sockets, changes }) => {
    const isOurs = proxy.startsWith('headgate');
    const whose = isOurs ? '' : `, ${proxy}`;
    const figures = [
      ['lost or refused', sockets.lost + sockets.refused],
      ['echoes missing or out of order', sockets.unanswered + sockets.disordered],
    ] as const;
    return figures.map(([what, count]) => ({
      text: `${sockets.opened} WebSockets, ${changes} changes: ${what}${whose}`,
      ...{ value: spread([count]), digits: 0, goal: isOurs ? 0 : null },
    }));
  });
}

async function ask(): Promise<Report> {
  const results = await measureAll();
  const setting =
    `${values.sockets} WebSockets from the start and ${values.comers} that come evenly and stay, ` +
    `a message a second on each; ${values.hosts} hosts, ${WORKERS} workers, ${values.changes} ` +
    `changes at ${changesPerSecond} a second, then ${WATCHED_MS / 1_000} s without`;
  const charts = [
    chartOf(results, { title: 'Workers', unit: 'count', of: ({ workers }) => workers }),
    chartOf(results, {
      ...{ title: 'Memory', unit: 'MiB' },
      of: ({ memoryBytes }) => memoryBytes / MEBIBYTE,
    }),
  ];
  return { setting, tables: [tableOf(results)], charts, answers: answersOf(results), results };
}

await runQuestion('websocket-survival', ask);
