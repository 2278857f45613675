// All that a fault may lay its hands on, and the question that each ends with: is all well again?

import { setTimeout as delay } from 'node:timers/promises';
import { sendRequest } from '../support/send-request.ts';
import { type Cluster, PROBE_HOST } from './cluster.ts';
import type { Edge } from './edge.ts';
import type { Ledger } from './ledger.ts';
import type { Model } from './model.ts';
import type { PodEcho } from './pod.ts';

const RECOVERY_MS_MAX = 60_000;
/** While a fault with two upgrades in it has the Ingresses to itself. */
const FROZEN_MS_MAX = 180_000;
const LOOK_MS = 20;
/** Connections in a row that were answered by the probe's service: each worker has some of them. */
const ANSWERS = 8;

export interface Scene {
  readonly model: Model;
  readonly ledger: Ledger;
  readonly cluster: Cluster;
  readonly edge: Edge;
  /** A fault has the Ingresses to itself; nobody else changes any. */
  isFrozen: boolean;
}

/** Resolves when a change that is made here and now answers requests; throws if it never does. */
export async function recovered(scene: Scene): Promise<void> {
  await until(() => !scene.isFrozen, FROZEN_MS_MAX, 'leave to change Ingresses');
  await changeProbe(scene);
}

/** Likewise, for a fault that has frozen the Ingresses itself. */
export async function changeProbe(scene: Scene): Promise<void> {
  scene.cluster.routeProbe();
  await probeAnswers(scene);
}

/** Resolves when connections all over are answered by what the probe's host leads to. */
export async function probeAnswers({ model, edge }: Scene): Promise<void> {
  const probe = model.hosts.get(PROBE_HOST);
  const endMs = performance.now() + RECOVERY_MS_MAX;
  let heard = '';
  for (let answers = 0; answers < ANSWERS; ) {
    heard = await whoAnswers(edge, PROBE_HOST);
    answers = heard.split('/')[0] === probe?.last ? answers + 1 : 0;
    if (answers === 0) await delay(LOOK_MS);
    if (performance.now() > endMs)
      throw new Error(`the probe is answered ${heard}, not ${probe?.last}`);
  }
}

/** One request on a connection of its own: `service/pod`, or what else came. */
export async function whoAnswers({ ports }: Edge, host: string): Promise<string> {
  try {
    const { status, body } = await sendRequest({ port: ports.http, host });
    if (status !== 200) return `${status} ${body}`;
    const { service, pod } = JSON.parse(body) as PodEcho;
    return `${service}/${pod}`;
  } catch (error) {
    return String(error);
  }
}

/** Throws if it takes longer; `what` says what was waited for. */
export async function until(
  look: () => boolean | Promise<boolean>,
  msMax: number,
  what: string,
): Promise<void> {
  const endMs = performance.now() + msMax;
  while (!(await look())) {
    if (performance.now() > endMs) throw new Error(`waited ${msMax} ms for ${what}`);
    await delay(LOOK_MS);
  }
}
