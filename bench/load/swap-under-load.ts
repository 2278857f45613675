// The question: do clients notice that routes change? A checked load at a fixed rate, in windows
// without and with 50 changes a second, in turn; nginx is reloaded as often beside it. Then changes
// alone: how soon is one served?

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ChangingHeadgate } from '../lib/changing-headgate.ts';
import { ChangingNginx } from '../lib/changing-nginx.ts';
import type { ChangingProxy, ChangingSetting, Vitals } from '../lib/changing-proxy.ts';
import { startCheckedLoad } from '../lib/checked-load.ts';
import type { CheckedResult, CheckedWindow } from '../lib/drive-checked.ts';
import { formatValue } from '../lib/format-answer.ts';
import { makeChanges } from '../lib/make-changes.ts';
import { nginxVersion } from '../lib/nginx.ts';
import { ProcessList } from '../lib/process-list.ts';
import { type Answer, type Report, runQuestion } from '../lib/question.ts';
import { startPair } from '../lib/start-backend.ts';
import { quantile, type Spread, spread } from '../lib/statistics.ts';
import type { Table } from '../lib/table.ts';
import { TemporaryDirectory } from '../lib/temporary-directory.ts';

const WORKERS = 2;
const MEBIBYTE = 2 ** 20;
const GOAL_RATIO = 1.2;
const LATE_SHARE_MAX = 0.75;
/** Long enough that a change alone is met by an idle controller, as a person's edit is. */
const PAUSE_MS = 50;
const SETTLE_MS = 500;

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1000' },
    rate: { type: 'string', default: '1000' },
    'changes-per-second': { type: 'string', default: '50' },
    /** Pairs of windows, one without changes and one with. */
    pairs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '6' },
    /** Changes alone. */
    changes: { type: 'string', default: '100' },
  },
});
const windowMs = Number(values.seconds) * 1_000;
const changesPerSecond = Number(values['changes-per-second']);

interface Pair {
  readonly quiet: CheckedWindow;
  readonly busy: CheckedWindow;
}

interface Result {
  readonly proxy: string;
  readonly pairs: readonly Pair[];
  readonly load: CheckedResult;
  readonly changes: number;
  readonly updates: number;
  readonly before: Vitals;
  readonly after: Vitals;
  readonly aloneMs: readonly number[];
}

async function measure(proxy: ChangingProxy, processes: ProcessList): Promise<Result> {
  const load = startCheckedLoad(processes, {
    ...{ port: proxy.port, hosts: proxy.routes.hosts, methods: ['GET'], bodies: ['a', 'b'] },
    requestsPerSecond: Number(values.rate),
  });
  // The load begins, pools fill, compilers settle.
  await delay(windowMs);
  const before = proxy.vitals();
  const updatesBefore = await proxy.countUpdates();
  let changes = 0;
  for (let pair = 0; pair < Number(values.pairs); pair += 1) {
    load.nextWindow();
    await delay(windowMs);
    load.nextWindow();
    changes += await makeChanges(proxy, { perSecond: changesPerSecond, forMs: windowMs });
    // What is still under way belongs to the changes.
    await proxy.settle();
    load.nextWindow();
    await delay(SETTLE_MS);
  }
  const after = proxy.vitals();
  const updates = (await proxy.countUpdates()) - updatesBefore;
  const checked = await load.finish();
  const pairs = Array.from({ length: Number(values.pairs) }, (_, pair) => ({
    quiet: checked.windows[pair * 3 + 1] as CheckedWindow,
    busy: checked.windows[pair * 3 + 2] as CheckedWindow,
  }));
  const aloneMs = await changeAlone(proxy);
  return { proxy: proxy.name, pairs, load: checked, changes, updates, before, after, aloneMs };
}

async function changeAlone(proxy: ChangingProxy): Promise<number[]> {
  const arrivals: number[] = [];
  for (let change = 0; change < Number(values.changes); change += 1) {
    arrivals.push(await proxy.arrivalOf(change % proxy.routes.hosts.length));
    await proxy.settle();
    await delay(PAUSE_MS);
  }
  return arrivals;
}

async function measureAll(): Promise<Result[]> {
  await using processes = new ProcessList();
  using directory = new TemporaryDirectory();
  const backendPorts = await startPair(processes, 'canned-backend.ts');
  const setting = (name: string): ChangingSetting => {
    const own = join(directory.path, name);
    mkdirSync(own);
    const hostCount = Number(values.hosts);
    return { processes, directory: own, hostCount, workers: WORKERS, backendPorts };
  };
  const results = [await measure(await ChangingHeadgate.start(setting('headgate')), processes)];
  if (nginxVersion() !== null) {
    const nginx = await ChangingNginx.start({ ...setting('nginx'), shutdownSeconds: null });
    results.push(await measure(nginx, processes));
  }
  return results;
}

/** NaN where the machine was so busy that no pair of windows says anything. */
function ratioOf({ pairs }: Result): Spread {
  const telling = pairs.filter(({ quiet, busy }) => isTelling(quiet) && isTelling(busy));
  const ratios = telling.map(({ quiet, busy }) => busy.p99Ms / quiet.p99Ms);
  return spread(ratios.length === 0 ? [Number.NaN] : ratios);
}

/** A latency that is the driver's own error in the main must not look like a good one. */
function isTelling({ lateP99Ms, p99Ms }: CheckedWindow): boolean {
  return lateP99Ms <= p99Ms * LATE_SHARE_MAX;
}

function windowsOf({ pairs }: Result): CheckedWindow[] {
  return pairs.flatMap(({ quiet, busy }) => [quiet, busy]);
}

function clientTable(results: readonly Result[]): Table {
  const heading = ['proxy', 'p99 ms without', 'p99 ms with', 'ratio (min..max)', 'max ms with'];
  heading.push('requests', 'failed', 'sent late, p99 ms');
  const rows = results.map((result) => {
    const { pairs, load, proxy } = result;
    const [without, withChanges] = [pairs.map(({ quiet }) => quiet), pairs.map(({ busy }) => busy)];
    const { median, range } = formatValue(ratioOf(result), 2);
    return [
      proxy,
      ...[without, withChanges].map((windows) =>
        spread(windows.map(({ p99Ms }) => p99Ms)).median.toFixed(2),
      ),
      `${median} (${range})`,
      Math.max(...withChanges.map(({ maxMs }) => maxMs)).toFixed(1),
      ...[load.requests, load.failures].map((count) => count.toLocaleString('en')),
      Math.max(...windowsOf(result).map(({ lateP99Ms }) => lateP99Ms)).toFixed(2),
    ];
  });
  return { title: 'what clients see', rows: [heading, ...rows] };
}

function proxyTable(results: readonly Result[]): Table {
  const heading = ['proxy', 'changes', 'taken into use', 'workers before', 'after'];
  heading.push('memory MiB before', 'after', 'a change alone, p50 ms', 'p99 ms', 'max ms');
  const rows = results.map(({ proxy, changes, updates, before, after, aloneMs }) => [
    proxy,
    ...[changes, updates].map((count) => count.toLocaleString('en')),
    ...[before, after].map(({ workers }) => String(workers)),
    ...[before, after].map(({ memoryBytes }) => (memoryBytes / MEBIBYTE).toFixed(0)),
    ...[0.5, 0.99, 1].map((fraction) => quantile(aloneMs, fraction).toFixed(1)),
  ]);
  return { title: 'what the proxies do', rows: [heading, ...rows] };
}

function answersOf(results: readonly Result[]): Answer[] {
  return results.flatMap((result) => {
    const name = result.proxy.startsWith('headgate') ? '' : `, ${result.proxy}`;
    return [
      {
        text: `${changesPerSecond} changes a second: p99 with over p99 without${name}`,
        ...{ value: ratioOf(result), digits: 2, goal: name === '' ? GOAL_RATIO : null },
      },
      {
        text: `${changesPerSecond} changes a second: failed requests${name}`,
        ...{ value: spread([result.load.failures]), digits: 0, goal: name === '' ? 0 : null },
      },
    ];
  });
}

async function ask(): Promise<Report> {
  const results = await measureAll();
  const setting =
    `${values.hosts} hosts, ${WORKERS} workers, ${values.rate} checked requests/s from one ` +
    `process; windows of ${values.seconds} s, in turn without and with ${changesPerSecond} ` +
    `changes a second; a change leads one host to another Service`;
  const chart = {
    title: 'p99 in each window; every other one has changes',
    x: { label: 'window', scale: 'linear' },
    y: { label: 'ms', scale: 'log' },
    series: results.map((result) => ({
      name: result.proxy,
      points: windowsOf(result).map(({ p99Ms }, index) => [index + 1, p99Ms] as const),
    })),
  } as const;
  const notes = results.flatMap(({ proxy, load }) =>
    load.examples.map((text) => `failed at ${proxy}: ${text}`),
  );
  const tables = [clientTable(results), proxyTable(results)];
  return { setting, tables, charts: [chart], notes, answers: answersOf(results), results };
}

await runQuestion('swap-under-load', ask);
