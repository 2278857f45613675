// The question: what do 10,000 certificates cost? The time from the start of the process until it
// is ready, with and without them, its memory, the first handshake of names that nobody has asked
// for, and handshakes that fail while one certificate is rotated.

import { X509Certificate } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ADDRESS } from '../lib/api-objects.ts';
import { BenchCluster } from '../lib/bench-cluster.ts';
import { hostSecret, makeHostPair } from '../lib/certified-hosts.ts';
import { ingressOf } from '../lib/cluster-objects.ts';
import { freePort } from '../lib/free-port.ts';
import { gatewayCommand } from '../lib/headgate.ts';
import { describeMachine } from '../lib/machine.ts';
import { readCpuUs, readResidentBytes } from '../lib/process-cpu.ts';
import { ProcessList } from '../lib/process-list.ts';
import { saveResult } from '../lib/save-result.ts';
import { secondsUntilReady } from '../lib/seconds-until-ready.ts';
import { shakeHands } from '../lib/shake-hands.ts';
import { quantile } from '../lib/statistics.ts';
import { formatTable } from '../lib/table.ts';
import { TemporaryDirectory } from '../lib/temporary-directory.ts';

const WORKERS = 2;
const COLD_NAMES = 200;
const LOAD_CLIENTS = 8;
const MEBIBYTE = 2 ** 20;
/** A rotation that takes longer has not arrived. */
const ROTATION_WAIT_MS = 10_000;
/** A worker may show a certificate so much later than another. */
const ALL_WORKERS_MS = 50;
/** After that all handshakes are watched for so long. */
const WATCH_MS = 100;

const { values } = parseArgs({
  options: {
    certificates: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    rotations: { type: 'string', default: '20' },
  },
});
const count = Number(values.certificates);

interface Start {
  readonly what: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

interface Gateway extends AsyncDisposable {
  readonly httpsPort: number;
  readonly start: Start;
}

function startCluster(name: string, isCertified: boolean): Promise<BenchCluster> {
  // Each writes its kubeconfig.
  const place = join(directory.path, name);
  mkdirSync(place);
  const unchanging = { churners: 0, churnPerSecond: 0 };
  const setting = { ingresses: count, isCertified, directory: place, ...unchanging };
  return BenchCluster.start(processes, setting);
}

async function startGateway(what: string, { kubeconfig }: BenchCluster): Promise<Gateway> {
  const processes = new ProcessList();
  const [httpPort, httpsPort] = [await freePort(), await freePort()];
  const adminPort = await freePort();
  const https = { port: httpsPort, defaultSecret: null };
  const listening = { httpPort, adminPort, workers: WORKERS, core: null, https };
  const startedAt = performance.now();
  const headgate = processes.start(gatewayCommand({ kubeconfig, address: ADDRESS, ...listening }));
  const seconds = await secondsUntilReady(adminPort, startedAt);
  const cpuSeconds = readCpuUs(headgate.pid) / 1_000_000;
  const start = { what, seconds, cpuSeconds, residentBytes: readResidentBytes(headgate.pid) };
  return { httpsPort, start, [Symbol.asyncDispose]: () => processes[Symbol.asyncDispose]() };
}

/** Milliseconds of the first handshake with names all over the cluster, one after another. */
async function measureCold({ httpsPort }: Gateway): Promise<number[]> {
  const elapsedMs: number[] = [];
  // The first ones warm up the client, whose code has not run before.
  for (let name = 0; name < COLD_NAMES * 2; name += 1) {
    const index = Math.floor((name * count) / (COLD_NAMES * 2));
    const handshake = await shakeHands(httpsPort, hostOf(index));
    if (name >= COLD_NAMES) elapsedMs.push(handshake.elapsedMs);
  }
  return elapsedMs;
}

class Rotations {
  handshakes = 0;
  failures = 0;
  /** Handshakes that showed what was before, though the new one had been shown for a while. */
  outdated = 0;
  /** From the write until the new certificate is shown. */
  readonly arrivalMs: number[] = [];
  #shown = '';
  #expected = '';
  #expectedFromMs = Number.POSITIVE_INFINITY;

  /** Asks for the name without a pause until `isOver`. */
  async keepShaking(port: number, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const beganMs = performance.now();
      const handshake = await shakeHands(port, hostOf(0)).catch(() => null);
      this.handshakes += 1;
      this.#shown = handshake?.fingerprint ?? this.#shown;
      if (handshake === null) this.failures += 1;
      else if (beganMs > this.#expectedFromMs && this.#shown !== this.#expected) this.outdated += 1;
    }
  }

  async rotate(cluster: BenchCluster): Promise<void> {
    const ingress = ingressOf(0, 0);
    const pair = makeHostPair(ingress);
    this.#expectedFromMs = Number.POSITIVE_INFINITY;
    this.#expected = new X509Certificate(pair.certificate).fingerprint256;
    const { sentAtMs } = await cluster.replace(hostSecret(ingress, pair));
    while (this.#shown !== this.#expected && performance.now() - sentAtMs < ROTATION_WAIT_MS) {
      await delay(1);
    }
    const nowMs = performance.now();
    this.arrivalMs.push(nowMs - sentAtMs);
    this.#expectedFromMs = nowMs + ALL_WORKERS_MS;
    await delay(ALL_WORKERS_MS + WATCH_MS);
  }
}

/** Rotates the certificate of one name again and again while clients ask for it. */
async function measureRotations(cluster: BenchCluster, { httpsPort }: Gateway): Promise<Rotations> {
  const rotations = new Rotations();
  let isOver = false;
  const clients = Array.from({ length: LOAD_CLIENTS }, () =>
    rotations.keepShaking(httpsPort, () => isOver),
  );
  for (let count = 0; count < Number(values.rotations); count += 1) await rotations.rotate(cluster);
  isOver = true;
  await Promise.all(clients);
  return rotations;
}

function hostOf(index: number): string {
  return ingressOf(index, 0).rules[0]?.host ?? '';
}

function formatStarts(starts: readonly Start[]): string {
  const rows = starts.map(({ what, seconds, cpuSeconds, residentBytes }) => [
    what,
    seconds.toFixed(2),
    cpuSeconds.toFixed(2),
    (residentBytes / MEBIBYTE).toFixed(0),
  ]);
  return formatTable([['start', 'ready after s', 'CPU s', 'RSS MiB'], ...rows]);
}

function formatTimes(rows: readonly (readonly [string, readonly number[]])[]): string {
  const heading = ['ms', 'p50', 'p99', 'max'];
  const cells = rows.map(([what, ms]) => [
    what,
    ...[0.5, 0.99, 1].map((fraction) => quantile(ms, fraction).toFixed(2)),
  ]);
  return formatTable([heading, ...cells]);
}

const machine = describeMachine();
const setting = `${count} Ingresses of a host each, ${WORKERS} workers; two test API servers`;
await using processes = new ProcessList();
using directory = new TemporaryDirectory();
const starts: Start[] = [];
const withoutTls = await startCluster('without', false);
const withTls = await startCluster('with', true);
let cold: number[] = [];
let rotations: Rotations | null = null;
for (let round = 0; round < Number(values.rounds); round += 1) {
  {
    await using gateway = await startGateway('without certificates', withoutTls);
    starts.push(gateway.start);
  }
  await using gateway = await startGateway('with certificates', withTls);
  starts.push(gateway.start);
  cold = cold.concat(await measureCold(gateway));
  rotations ??= await measureRotations(withTls, gateway);
}
withoutTls.close();
withTls.close();
const times = formatTimes([
  ['first handshake of a name', cold],
  ['a rotated certificate is shown', rotations?.arrivalMs ?? []],
]);
process.stdout.write(`${machine}\n${setting}\n\n${formatStarts(starts)}\n${times}\n`);
process.stdout.write(`${values.rotations} rotations under ${rotations?.handshakes} handshakes: `);
process.stdout.write(`${rotations?.failures} failed, ${rotations?.outdated} outdated\n`);
process.stdout.write(
  `\n${saveResult('certificates', { machine, setting, starts, cold, rotations })}\n`,
);
