// `npm run demo:upgrade`: Headgate is replaced by its successor again and again while clients of
// all kinds ask, and every answer is checked. Once as the machine is, and once in a network
// namespace of its own whose kernel hands waiting connections on (net.ipv4.tcp_migrate_req=1).
// The exit code is 1 if any request failed.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatTable } from '#base/table.ts';
import { HeadgateProcess, say } from './headgate-process.ts';
import { Kubelet, readPods } from './kubelet.ts';
import { CLIENTS, type Load, Tally } from './upgrade-clients.ts';

const SHOP = fileURLToPath(new URL('shop', import.meta.url));
const SYSCTL = '/proc/sys/net/ipv4/tcp_migrate_req';
const IN_NAMESPACE = `ip link set lo up && echo 1 > ${SYSCTL} && exec "$@"`;
const UPGRADES_MAX = 1_000;

const { values: options } = parseArgs({
  options: {
    manifests: { type: 'string', default: SHOP },
    requests: { type: 'string', default: '100000' },
    'drain-seconds': { type: 'string', default: '3' },
    /** Only as the machine is. */
    here: { type: 'boolean', default: false },
  },
});

const kubelet = new Kubelet(0, (pod, line) => say(pod.name, line));
const running = new Set<HeadgateProcess>();
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stop.abort();
    for (const headgate of running) headgate.stop();
  });
}

process.exitCode = (await demonstrate()) ? 0 : 1;
if (!(options.here || stop.signal.aborted)) demonstrateInNamespace();

/** Whether every request was answered. */
async function demonstrate(): Promise<boolean> {
  try {
    for (const pod of await readPods(options.manifests)) await kubelet.start(pod);
    const first = launch(0, 0);
    const ports = await Promise.race([first.ready, first.exited.then(() => null)]);
    if (ports === null) return false;
    const port = ports.http;
    const over = new AbortController();
    const load: Load = { port, host: 'member.localhost', signal: over.signal };
    const tallies = CLIENTS.map(() => new Tally());
    const clients = CLIENTS.flatMap(([, count, client], kind) =>
      Array.from({ length: count }, () => client(load, tallies[kind] ?? new Tally())),
    );
    const upgrades = await upgradeUntil(first, port, () => requestsOf(tallies));
    over.abort();
    await Promise.all(clients);
    report(upgrades, tallies);
    return tallies.every(({ failureCount }) => failureCount === 0);
  } finally {
    kubelet.stop();
    for (const headgate of running) headgate.stop();
    await Promise.all([...running].map(({ exited }) => exited));
  }
}

/** Replaces the process until enough has been asked. Resolves with how many times it did. */
async function upgradeUntil(
  first: HeadgateProcess,
  port: number,
  requestCount: () => number,
): Promise<number> {
  let current = first;
  for (let count = 1; count <= UPGRADES_MAX; count += 1) {
    const next = launch(count, port);
    await Promise.race([next.ready, next.exited]);
    current.stop();
    await current.exited;
    current = next;
    if (requestCount() >= Number(options.requests) || stop.signal.aborted) return count;
  }
  return UPGRADES_MAX;
}

function launch(version: number, port: number): HeadgateProcess {
  const headgate = new HeadgateProcess(
    [
      ...['--manifests', options.manifests, '--bind', '127.0.0.1', '--share-ports', '--h2c'],
      ...['--http-port', `${port}`, '--https-port', 'none', '--admin-port', '0'],
      ...['--workers', '2', '--drain-seconds', options['drain-seconds']],
    ],
    `v${version}`,
  );
  running.add(headgate);
  void headgate.exited.then(() => running.delete(headgate));
  return headgate;
}

function requestsOf(tallies: readonly Tally[]): number {
  return tallies.reduce((sum, { requests }) => sum + requests, 0);
}

function report(upgrades: number, tallies: readonly Tally[]): void {
  const rows = CLIENTS.map(([name, count], kind) => {
    const { requests, failures, failureCount, ...others } = tallies[kind] ?? new Tally();
    const reasons = [...failures].map(([reason, times]) => `${reason} ${times}`);
    const counts = [requests, failureCount, others.sentAnew, others.unanswered];
    return [`${count} clients, ${name}`, ...counts.map(String), reasons.join(', ')];
  });
  const failed = tallies.reduce((sum, { failureCount }) => sum + failureCount, 0);
  process.stdout.write(
    [
      `\nnet.ipv4.tcp_migrate_req=${migrateRequests()}, ${upgrades} upgrades\n\n`,
      formatTable([['', 'requests', 'failures', 'sent anew', 'unanswered', ''], ...rows]),
      '\nsent anew: a GOAWAY said that the request was not begun\n',
      'unanswered: said in a tunnel in the moment when it was ended\n',
      `\n${failed} of ${requestsOf(tallies)} requests failed\n`,
    ].join(''),
  );
}

function migrateRequests(): string {
  try {
    return readFileSync(SYSCTL, 'utf8').trim();
  } catch {
    return 'unknown to this kernel';
  }
}

function demonstrateInNamespace(): void {
  const unshare = ['-rn', 'sh', '-c', IN_NAMESPACE, 'sh'];
  const probe = spawnSync('unshare', [...unshare, 'true'], { encoding: 'utf8' });
  if (probe.status !== 0) {
    const reason = probe.error?.message ?? probe.stderr.trim();
    say('demo', `no second round, since there is no network namespace: ${reason}`);
    return;
  }
  const again = [process.execPath, ...process.argv.slice(1), '--here'];
  const { status } = spawnSync('unshare', [...unshare, ...again], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
