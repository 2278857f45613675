// One run: the program under load, changes all the time, and faults, each followed by the question
// whether all is well again.

import { setTimeout as delay } from 'node:timers/promises';
import { manifestDirectory } from '../support/manifest-directory.ts';
import { type Random, seededRandom } from '../support/seeded-random.ts';
import {
  CERTIFICATE,
  Cluster,
  FAR_HOST,
  type Far,
  GRPC_HOST,
  HOSTS,
  TRIAL_HOST,
  TUNNEL_HOST,
} from './cluster.ts';
import { Edge } from './edge.ts';
import type { Fault } from './fault.ts';
import { callGrpc } from './grpc-client.ts';
import { connectAnew, keepAlive, type Load, tunnel } from './http1-clients.ts';
import { speakHttp2 } from './http2-client.ts';
import { Ledger } from './ledger.ts';
import { Model } from './model.ts';
import { recovered, type Scene } from './scene.ts';
import { schedule } from './schedule.ts';
import { logFile, trimLog } from './small-disk.ts';

export interface ChaosOptions {
  /** After these no fault begins, unless it has not come yet. */
  readonly seconds: number;
  readonly seed: number;
  /** One fault after the other in each of these, and any of one beside any of another. */
  readonly lanes: readonly (readonly Fault[])[];
  /** A small file system of its own; null where there is none. */
  readonly disk: string | null;
  /** Another network, with FAR_POD in it; null where there is none. */
  readonly far: Far | null;
  /** Told of each fault when it is over. */
  readonly say: (line: string) => void;
}

/** What a fault came to. */
export interface Course {
  count: number;
  longestMs: number;
}

export interface ChaosResult {
  readonly ledger: Ledger;
  readonly courses: ReadonlyMap<string, Course>;
  readonly changes: number;
  /** Lines of the log at the level of errors, by message. */
  readonly errors: ReadonlyMap<string, number>;
}

const CHANGE_MS = 60;
const CLIENTS = [
  { name: 'new connections', count: 3, run: connectAnew, hosts: [...HOSTS, TRIAL_HOST] },
  { name: 'keep-alive', count: 4, run: keepAlive, hosts: HOSTS },
  { name: 'HTTP/2', count: 2, run: speakHttp2, hosts: HOSTS },
  { name: 'tunnel', count: 6, run: tunnel, hosts: [TUNNEL_HOST] },
  { name: 'gRPC', count: 2, run: callGrpc, hosts: [GRPC_HOST] },
  { name: 'far', count: 2, run: keepAlive, hosts: [FAR_HOST] },
];
/** Far above what an answer takes, so that only a pod that stalls meets it. */
const RESPONSE_TIMEOUT_SECONDS = '10';

export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { seed, disk, far } = options;
  const random = seededRandom(seed);
  const model = new Model();
  const ledger = new Ledger(model);
  const onBroken = (id: string, how: string): void => ledger.permit(id, how);
  await using cluster = await Cluster.start({ model, far, random: draw(random), onBroken });
  await using directory = await manifestDirectory({});
  const kubeconfig = await cluster.server.writeKubeconfig(directory.path);
  const args = [
    ...['--access-log', disk === null ? '/dev/full' : logFile(disk), '--max-memory', '256Mi'],
    ...['--default-tls-secret', CERTIFICATE],
    ...['--response-timeout-seconds', RESPONSE_TIMEOUT_SECONDS],
  ];
  const lost = Promise.withResolvers<void>();
  const onLost = (what: string): void => {
    ledger.complain(what);
    lost.resolve();
  };
  await using edge = await Edge.start({ kubeconfig, model, args, onLost });
  model.rule(true);
  const scene: Scene = { model, ledger, cluster, edge, isFrozen: false };
  const over = new AbortController();
  const clients = startClients(scene, random, over.signal);
  const changing = change(scene, draw(random), over.signal);
  const courses = new Map<string, Course>();
  const lanes = options.lanes.map((faults) =>
    inflictAll(scene, faults, courses, options, draw(random)),
  );
  await Promise.race([Promise.all(lanes), lost.promise]);
  over.abort();
  await Promise.all(clients);
  const changes = await changing;
  await edge.stop().catch((error: Error) => ledger.complain(error.message));
  return { ledger, courses, changes, errors: countErrors(edge) };
}

/** Chance of its own for each part, so that none depends on how often another one draws. */
function draw(random: Random): Random {
  return seededRandom(random.below(2 ** 31));
}

function startClients(scene: Scene, random: Random, signal: AbortSignal): Promise<void>[] {
  const { ledger, edge, model } = scene;
  const clients = CLIENTS.filter(({ hosts }) => hosts.every((host) => model.hosts.has(host)));
  return clients.flatMap(({ name, count, run, hosts }) => {
    const load: Load = { ledger, ports: () => edge.ports, hosts, signal };
    return Array.from({ length: count }, (_, index) =>
      run(load, `${name.replaceAll(' ', '-')}-${index}`, draw(random)),
    );
  });
}

/** Resolves with how many changes there were. */
async function change(scene: Scene, random: Random, signal: AbortSignal): Promise<number> {
  let count = 0;
  while (!signal.aborted) {
    await delay(random.below(2 * CHANGE_MS));
    if (scene.isFrozen) continue;
    scene.cluster.change(random);
    count += 1;
  }
  return count;
}

async function inflictAll(
  scene: Scene,
  faults: readonly Fault[],
  courses: Map<string, Course>,
  { seconds, disk, say }: ChaosOptions,
  random: Random,
): Promise<void> {
  const beginMs = performance.now();
  let count = 0;
  for (const { fault, gapMs } of schedule(faults, random)) {
    if (count >= faults.length && performance.now() - beginMs > seconds * 1_000) break;
    count += 1;
    await delay(gapMs);
    if (disk !== null) await trimLog(disk);
    const ms = await inflict(scene, fault, random);
    const course = courses.get(fault.name) ?? { count: 0, longestMs: 0 };
    course.count += 1;
    course.longestMs = Math.max(course.longestMs, ms);
    courses.set(fault.name, course);
    const { requests, wrong, notAllowed } = scene.ledger.counts;
    const state = `${requests} requests, ${wrong} wrong, ${notAllowed} not allowed`;
    const atSeconds = (performance.now() - beginMs) / 1_000;
    say(`${atSeconds.toFixed(1).padStart(6)} s  ${fault.name}: ${Math.round(ms)} ms; ${state}`);
  }
}

/** Returns how long it took until all was well again, in milliseconds. */
async function inflict(scene: Scene, fault: Fault, random: Random): Promise<number> {
  const { ledger, model } = scene;
  const episode = ledger.begin(fault);
  const release = fault.delaysChanges ? model.delayChanges() : () => {};
  try {
    await fault.inflict(scene, random).finally(release);
    await recovered(scene);
  } catch (error) {
    ledger.complain(`${fault.name}: ${(error as Error).message}`);
  }
  episode.endMs = performance.now();
  return episode.endMs - episode.beginMs;
}

function countErrors(edge: Edge): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { msg } of edge.errors) counts.set(msg, (counts.get(msg) ?? 0) + 1);
  return counts;
}
