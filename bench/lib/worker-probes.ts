// One connection to each worker, found by the metrics page, and what they tell of a change.

import { setTimeout as delay } from 'node:timers/promises';
import { ProbeConnection } from './probe-connection.ts';
import { workerConnections } from './worker-connections.ts';

export interface ProbedPorts {
  readonly httpPort: number;
  readonly adminPort: number;
}

const ATTEMPTS_MAX = 64;
const PROBE_INTERVAL_MS = 1;
/** A change that takes longer has not arrived. */
const CHANGE_TIMEOUT_MS = 10_000;

/** Opens connections until each worker has one, and keeps the first of each. */
export async function openWorkerProbes(ports: ProbedPorts, host: string) {
  const probes = new Map<number, ProbeConnection>();
  let counts = await workerConnections(ports.adminPort);
  for (let attempt = 0; attempt < ATTEMPTS_MAX && probes.size < counts.length; attempt += 1) {
    const probe = await ProbeConnection.open(ports.httpPort);
    // An answer shows that the worker has accepted the connection and counted it.
    await probe.ask(host);
    const after = await workerConnections(ports.adminPort);
    const worker = after.findIndex((count, index) => count > (counts[index] ?? 0));
    if (worker !== -1 && !probes.has(worker)) probes.set(worker, probe);
    else await closeProbe(probe);
    counts = await workerConnections(ports.adminPort);
  }
  if (probes.size < counts.length) throw new Error('the connections never reached all workers');
  return [...probes.values()];
}

async function closeProbe(probe: ProbeConnection): Promise<void> {
  probe.close();
  // The worker must have noticed before connections are counted again.
  await delay(20);
}

/** The moment at which every connection had the expected answer; infinite if it never came. */
export async function arrivalMs(
  probes: readonly ProbeConnection[],
  { host, expected }: { readonly host: string; readonly expected: string },
): Promise<number> {
  const beganAtMs = performance.now();
  const arrivals = probes.map(async (probe) => {
    while (performance.now() - beganAtMs < CHANGE_TIMEOUT_MS) {
      const answer = await probe.ask(host);
      if (answer === expected) return performance.now();
      await delay(PROBE_INTERVAL_MS);
    }
    return Number.POSITIVE_INFINITY;
  });
  return Math.max(...(await Promise.all(arrivals)));
}

/** The last moment in `forMs` at which any of them sent a request that `body` answered. */
export async function lastSentTo(
  probes: readonly ProbeConnection[],
  { host, body, forMs }: { readonly host: string; readonly body: string; readonly forMs: number },
): Promise<number> {
  const endMs = performance.now() + forMs;
  const moments = probes.map(async (probe) => {
    let last = Number.NEGATIVE_INFINITY;
    while (performance.now() < endMs) {
      const sentAtMs = performance.now();
      if ((await probe.ask(host)).endsWith(body)) last = sentAtMs;
    }
    return last;
  });
  return Math.max(...(await Promise.all(moments)));
}
