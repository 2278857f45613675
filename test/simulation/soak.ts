// The real program under mixed traffic for minutes: resets, half-closes, slow peers, tunnels, and
// endpoints that come and go. In the end nothing may be left: no socket, no exchange, no memory.
//
//   npm run soak -- [--seconds 180] [--seed 1]

import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Findings } from '../support/fuzz/findings.ts';
import type { Setting } from '../support/fuzz/fuzz-client.ts';
import { type Ledger, ScriptedUpstream } from '../support/fuzz/scripted-upstream.ts';
import { SentRequests } from '../support/fuzz/sent-requests.ts';
import { Headgate } from '../support/headgate.ts';
import { closedPort } from '../support/raw-peer.ts';
import { type Random, seededRandom } from '../support/seeded-random.ts';
import { ingressManifest, serviceManifest } from '../support/shop-manifests.ts';
import { readVitals, type Vitals } from '../support/soak/process-vitals.ts';
import { soakTraffic } from '../support/soak/soak-traffic.ts';

const UPSTREAMS = 4;
const FLAP_MS = 500;
const SAMPLE_MS = 1_000;
/** Idle upstream connections go after a minute, and everything else before. */
const SETTLE_MS_MAX = 90_000;
/** Between the third sixth of the run, behind the warm-up, and the last. */
const GROWTH_MIB_MAX = 32;
const PROBLEMS_SHOWN_MAX = 20;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '180' },
    seed: { type: 'string', default: '1' },
  },
});

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Lists other endpoints every half second; some of them are dead. */
async function flap(
  headgate: Headgate,
  random: Random,
  ports: readonly number[],
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    const listed = ports.filter(() => random.below(2) === 0);
    await headgate.write('service.yaml', serviceManifest({ name: 'web', ports: listed }));
    await delay(FLAP_MS);
  }
}

async function sample(pid: number, samples: Vitals[], isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    samples.push(readVitals(pid));
    await delay(SAMPLE_MS);
  }
}

/** Waits until the process holds no more sockets than before the traffic; says what it holds. */
async function settle(pid: number, base: Vitals): Promise<Vitals> {
  const endMs = performance.now() + SETTLE_MS_MAX;
  let vitals = readVitals(pid);
  while (vitals.sockets > base.sockets && performance.now() < endMs) {
    await delay(SAMPLE_MS);
    vitals = readVitals(pid);
  }
  return vitals;
}

async function activeConnections(headgate: Headgate): Promise<number> {
  const metrics = await (await headgate.admin('/metrics')).text();
  const lines = metrics.matchAll(/^headgate_downstream_connections_active\{.*\} (\d+)$/gm);
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

/** Resident MiB in each sixth of the run: a leak climbs to the end, a warm-up does not. */
function trendMiB(samples: readonly Vitals[]): number[] {
  const resident = samples.map(({ residentMiB }) => residentMiB);
  const size = Math.max(1, Math.floor(resident.length / 6));
  return Array.from({ length: 6 }, (_, part) =>
    median(resident.slice(part * size, part === 5 ? undefined : (part + 1) * size)),
  );
}

async function soak(seconds: number, seed: number): Promise<string[]> {
  const random = seededRandom(seed);
  const findings = new Findings();
  const ledger: Ledger = { findings, requests: new SentRequests(), areBytes: false };
  await using upstreams = new AsyncDisposableStack();
  const ports = [await closedPort()];
  for (let count = 0; count < UPSTREAMS; count += 1) {
    ports.push(upstreams.use(await ScriptedUpstream.start(ledger)).endpoint.port);
  }
  const manifests = {
    'service.yaml': serviceManifest({ name: 'web', ports }),
    'ingress.yaml': ingressManifest({ host: 'a.example', service: 'web' }),
  };
  await using headgate = await Headgate.start({ manifests, args: ['--log-level', 'info'] });
  const base = readVitals(headgate.pid);
  const endMs = performance.now() + seconds * 1_000;
  const isOver = () => performance.now() > endMs;
  const setting: Setting = {
    port: headgate.httpPort,
    findings,
    areBytes: false,
    isDraining: false,
    hasDeadEndpoints: true,
  };
  const samples: Vitals[] = [];
  await Promise.all([
    soakTraffic({ ledger, setting, isOver }, random),
    flap(headgate, seededRandom(seed), ports, isOver),
    sample(headgate.pid, samples, isOver),
  ]);
  return await finish(headgate, { base, samples, findings, requests: ledger.requests.lastId });
}

interface Run {
  readonly base: Vitals;
  readonly samples: readonly Vitals[];
  readonly findings: Findings;
  readonly requests: number;
}

/** Lets the program come to rest and stops it; returns what is wrong. */
async function finish(headgate: Headgate, run: Run): Promise<string[]> {
  const { base, samples, findings, requests } = run;
  const problems = [...findings.problems];
  const rest = await settle(headgate.pid, base);
  const trend = trendMiB(samples);
  const growth = trend[5]! - trend[2]!;
  const active = await activeConnections(headgate);
  headgate.signal('SIGTERM');
  const exitCode = await headgate.exited();
  const most = Math.max(...samples.map(({ sockets }) => sockets));
  if (rest.sockets > base.sockets) problems.push(`${rest.sockets - base.sockets} sockets are left`);
  if (active > 0) problems.push(`${active} client connections are counted as open`);
  if (growth > GROWTH_MIB_MAX) problems.push(`memory grew by ${growth.toFixed(1)} MiB`);
  if (exitCode !== 0) problems.push(`the program ended with ${exitCode}`);
  for (const [ending, count] of [...findings.tally].toSorted()) say(`${count}\t${ending}`);
  say(`requests sent                 ${requests}`);
  say(`sockets: base, most, at rest  ${base.sockets}, ${most}, ${rest.sockets}`);
  say(`other descriptors             ${base.otherDescriptors}, ${rest.otherDescriptors}`);
  say(
    `resident MiB: base, at rest   ${base.residentMiB.toFixed(1)}, ${rest.residentMiB.toFixed(1)}`,
  );
  say(`in each sixth of the run      ${trend.map((mib) => mib.toFixed(0)).join(', ')}`);
  return problems;
}

const problems = await soak(Number(values.seconds), Number(values.seed));
for (const problem of problems.slice(0, PROBLEMS_SHOWN_MAX)) say(`PROBLEM ${problem}`);
say(`${problems.length} problems`);
if (problems.length > 0) process.exitCode = 1;
