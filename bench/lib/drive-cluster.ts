// Entry of a process that is a cluster: the test API server with many Ingresses. At SIGUSR2 its
// routes and pods begin to change, and at the next they stop. Argument: a ClusterSetting as JSON.
// Prints a ClusterReport as a line of JSON once it stands, and one after each spell of change.

import { setTimeout as delay } from 'node:timers/promises';
import type { Resource } from '#kubernetes/resources.ts';
import { ApiServer } from '../../test/support/apiserver/api-server.ts';
import { apiObject, ownClass } from './api-objects.ts';
import { certified, hostSecret, makeHostPair } from './certified-hosts.ts';
import { clusterObjects, ingressOf, sliceOf } from './cluster-objects.ts';

export interface ClusterSetting {
  readonly ingresses: number;
  /** Of each Ingress; left out, they differ. */
  readonly paths?: number;
  /** Each Ingress asks for a certificate for its host, and its Secret is there. */
  readonly isCertified?: boolean;
  /** Where the kubeconfig goes. */
  readonly directory: string;
  /** Objects that change, half of them Ingresses, half of them slices of pods; in turn. */
  readonly churners: number;
  readonly churnPerSecond: number;
}

export interface ClusterReport {
  readonly kubeconfig: string;
  readonly url: string;
  /** Of the last spell. */
  readonly changes: number;
  readonly seconds: number;
}

const TICK_MS = 5;

const setting = JSON.parse(process.argv[2] ?? '') as ClusterSetting;
const server = await ApiServer.start();
server.apply(ownClass());
const { paths: pathCount } = setting;
for (const object of clusterObjects(
  setting.ingresses,
  pathCount === undefined ? {} : { pathCount },
))
  apply(object);
const kubeconfig = await server.writeKubeconfig(setting.directory);
let version = 0;
let isChurning = false;

function apply(object: Resource): void {
  if (object.kind === 'Ingress' && setting.isCertified === true) {
    server.apply(hostSecret(object, makeHostPair(object)));
    server.apply(apiObject(certified(object)));
  } else server.apply(apiObject(object));
}

async function churn(): Promise<void> {
  const beganAt = performance.now();
  let changes = 0;
  while (isChurning) {
    const due = ((performance.now() - beganAt) / 1_000) * setting.churnPerSecond;
    for (; changes < due; changes += 1) change(changes);
    await delay(TICK_MS);
  }
  report(changes, (performance.now() - beganAt) / 1_000);
}

function change(count: number): void {
  const index = count % setting.churners;
  if (index === 0) version += 1;
  const at = Math.floor(index / 2) % setting.ingresses;
  // The routes of one half of the cluster, and the pods of Services all over it.
  server.apply(apiObject(index % 2 === 0 ? ingressOf(at, version) : sliceOf(at >> 1, version)));
}

function report(changes: number, seconds: number): void {
  const told: ClusterReport = { kubeconfig, url: server.url, changes, seconds };
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

process.on('SIGUSR2', () => {
  isChurning = !isChurning;
  if (isChurning) void churn();
});
report(0, 0);
