// All that a fault may lay its hands on, and the question that each ends with: is all well again?

import { setTimeout as delay } from 'node:timers/promises';
import { sendRequest } from '../support/send-request.ts';
import { type Cluster, PROBE_HOST } from './cluster.ts';
import type { Edge } from './edge.ts';
import type { Ledger } from './ledger.ts';
import type { Model } from './model.ts';
import type { PodEcho } from './pod.ts';

const RECOVERY_MS_MAX = 60_000;
const LOOK_MS = 20;
/** Connections in a row that were answered by the probe's service: each worker has some of them. */
const ANSWERS = 8;

export interface Scene {
  readonly model: Model;
  readonly ledger: Ledger;
  readonly cluster: Cluster;
  readonly edge: Edge;
  /** No changes of Ingresses while it is true. */
  isFrozen: boolean;
}

/** Resolves when a change that is made here and now answers requests; throws if it never does. */
export async function recovered(scene: Scene): Promise<void> {
  scene.cluster.routeProbe();
  await probeAnswers(scene);
}

/** Resolves when connections all over are answered by what the probe's host leads to. */
export async function probeAnswers({ model, edge }: Scene): Promise<void> {
  const service = model.hosts.get(PROBE_HOST)?.last;
  const endMs = performance.now() + RECOVERY_MS_MAX;
  let heard = '';
  for (let answers = 0; answers < ANSWERS; ) {
    heard = await askProbe(edge.ports.http);
    answers = heard === service ? answers + 1 : 0;
    if (answers === 0) await delay(LOOK_MS);
    if (performance.now() > endMs)
      throw new Error(`the probe is answered ${heard}, not ${service}`);
  }
}

/** The service that has answered, or what else came. */
async function askProbe(port: number): Promise<string> {
  try {
    const { status, body } = await sendRequest({ port, host: PROBE_HOST });
    return status === 200 ? (JSON.parse(body) as PodEcho).service : `${status} ${body}`;
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
