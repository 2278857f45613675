// Hosts in the midst of a made-up cluster whose routes a bench changes, and how soon each change is
// served by every worker.

import { setTimeout as delay } from 'node:timers/promises';
import type { BenchCluster, Written } from './bench-cluster.ts';
import type { ServiceName } from './host-routes.ts';
import type { ProbeConnection } from './probe-connection.ts';
import { probeIngress, probeNamespace, probeService, probeSlice } from './probe-objects.ts';
import { arrivalMs } from './worker-probes.ts';

const HOSTS = 16;
/** Long enough that each change is met by an idle controller, as a person's edit is. */
export const PAUSE_MS = 30;
const SERVICES = ['a', 'b'] as const;

/** Of the pods of the two Services. */
export type ServicePorts = Readonly<Record<ServiceName, number>>;

/** Milliseconds since a write was sent, and since it was acknowledged. */
export class Samples {
  readonly sinceSentMs: number[] = [];
  readonly sinceAcknowledgedMs: number[] = [];

  /** Nothing is earlier than the write. */
  add({ sentAtMs, acknowledgedAtMs }: Written, atMs: number): void {
    this.sinceSentMs.push(Math.max(0, atMs - sentAtMs));
    this.sinceAcknowledgedMs.push(Math.max(0, atMs - acknowledgedAtMs));
  }
}

/** Always there once they have been made. */
export const PROBED_HOST = probeIngress('0', 'a').host;

export async function createProbedRoutes(
  cluster: BenchCluster,
  ports: ServicePorts,
): Promise<void> {
  await cluster.create(probeNamespace());
  for (const name of SERVICES) {
    await cluster.create(probeService(name));
    await cluster.create(loopbackSlice({ name, service: name, port: ports[name], hasPod: true }));
  }
  for (let index = 0; index < HOSTS; index += 1) {
    await cluster.create(probeIngress(String(index), 'a').object);
  }
}

export interface LoopbackSlice {
  readonly name: string;
  readonly service: string;
  readonly port: number;
  readonly hasPod: boolean;
}

export function loopbackSlice({ name, service, port, hasPod }: LoopbackSlice) {
  const pods = hasPod ? [{ address: '127.0.0.1', state: 'ready' } as const] : [];
  return probeSlice({ name, service, port, pods });
}

/** Each change leads one host to the other of the two Services. */
export async function changeProbedRoutes(
  cluster: BenchCluster,
  probes: readonly ProbeConnection[],
  changes: number,
): Promise<Samples> {
  const samples = new Samples();
  for (let change = 0; change < changes; change += 1) {
    const service = SERVICES[Math.floor(change / HOSTS + 1) % 2] ?? 'a';
    const { object, host } = probeIngress(String(change % HOSTS), service);
    const written = cluster.replace(object);
    const arrived = arrivalMs(probes, { host, expected: `200 ${service}` });
    samples.add(await written, await arrived);
    await delay(PAUSE_MS);
  }
  // Back to where they were, for whoever measures next.
  for (let index = 0; index < HOSTS; index += 1) {
    await cluster.replace(probeIngress(String(index), 'a').object);
  }
  return samples;
}
