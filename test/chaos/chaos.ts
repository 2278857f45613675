// `npm run chaos`: the real program under load and changes while one thing after another goes
// wrong, in an order that a seed decides, and every answer checked against what the cluster was
// told. The exit code is 1 after a wrong answer, or a failure that no fault accounts for.
//
//   npm run chaos -- [--seconds 180] [--seed 1] [--faults 'upgrade,pods stall']
//
// Each fault comes at least once, however many seconds are given.

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatTable } from '#base/table.ts';
import { BAD_ROUTES } from './bad-routes.ts';
import { FAR_POD, FAR_SERVICE } from './cluster.ts';
import { migratesRequests, runConfined } from './confined.ts';
import { FarNetwork } from './far-network.ts';
import type { Fault } from './fault.ts';
import { networkCut } from './network-cut.ts';
import { PROCESS_FAULTS } from './process-faults.ts';
import { type ChaosResult, runChaos } from './run-chaos.ts';
import { diskFull } from './small-disk.ts';
import { WORKER_FAULTS } from './worker-faults.ts';
import { WORLD_FAULTS } from './world-faults.ts';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '180' },
    seed: { type: 'string', default: '1' },
    /** By name, separated by commas; all of them if empty. */
    faults: { type: 'string', default: '' },
    /** Set by the program itself: a small disk, in a network of its own. */
    disk: { type: 'string' },
  },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** What namespaces give: a small disk, and another network. */
interface Own {
  readonly disk: string;
  readonly far: FarNetwork;
}

/** Those of Headgate itself, and beside them those of the world around it. */
function lanesOf(own: Own | null): readonly (readonly Fault[])[] {
  const confined = own === null ? [] : [diskFull(own.disk), networkCut(own.far)];
  const lanes = [
    [...WORKER_FAULTS, ...PROCESS_FAULTS, BAD_ROUTES],
    [...WORLD_FAULTS, ...confined],
  ];
  if (options.faults === '') return lanes;
  const names = options.faults.split(',');
  const unknown = names.filter((name) => !lanes.flat().some((fault) => fault.name === name));
  if (unknown.length > 0) throw new Error(`no fault is called ${unknown.join(' or ')}`);
  return lanes.map((faults) => faults.filter(({ name }) => names.includes(name)));
}

/** Whether nothing went wrong that may not. */
function report({ ledger, courses, changes, errors }: ChaosResult): boolean {
  const { requests, right, wrong, notAllowed } = ledger.counts;
  const { ms, client, during } = ledger.longestPause;
  const rows = [...courses].map(([name, { count, longestMs }]) => {
    return [name, `${count}`, `${Math.round(longestMs)}`];
  });
  say(`\n${formatTable([['fault', 'times', 'ms until well, at most'], ...rows])}`);
  const accounted = [...ledger.allowed].toSorted().map(([key, count]) => [`  ${key}`, `${count}`]);
  say(formatTable([['failures that a fault accounts for', ''], ...accounted]));
  for (const [message, count] of errors) say(`logged as error: ${message}: ${count}`);
  for (const complaint of ledger.complaints) say(complaint);
  say(`seed ${options.seed}, net.ipv4.tcp_migrate_req=${migratesRequests() ? 1 : 0}`);
  const kinds = [...ledger.rightOf].map(([kind, count]) => `${kind} ${count}`);
  say(`${requests} requests, ${right} right, through ${changes} changes: ${kinds.join(', ')}`);
  say(`${wrong} wrong answers, ${notAllowed} failures that no fault accounts for`);
  say(`longest pause of a client: ${Math.round(ms)} ms, of ${client}, during ${during}`);
  return ledger.complaintCount === 0;
}

async function run(own: Own | null): Promise<number> {
  const [seconds, seed, lanes] = [Number(options.seconds), Number(options.seed), lanesOf(own)];
  const { disk, far } = own ?? { disk: null, far: null };
  return report(await runChaos({ seconds, seed, lanes, disk, far, say })) ? 0 : 1;
}

async function runInside(disk: string): Promise<number> {
  await using far = await FarNetwork.lay(FAR_SERVICE, FAR_POD);
  return await run({ disk, far });
}

async function runAnywhere(): Promise<number> {
  if (options.disk !== undefined) return runInside(options.disk);
  const own = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const ended = runConfined((disk) => [...own, '--disk', disk]);
  if (typeof ended === 'number') return ended;
  say(
    `left out, since there are no namespaces (${ended}): a log disk that is full for a while, a network cut`,
  );
  return run(null);
}

process.exitCode = await runAnywhere();
