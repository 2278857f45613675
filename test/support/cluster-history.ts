// One random history of a cluster: objects come, change and go, and the way to the API server
// fails in every manner it can. A seed decides what happens, though not how it falls in time.
//
// What must hold: nothing is served before all has been read; what stays in the cluster is served
// all the time; and when all is quiet again, what is served is what the objects say.

import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { ApiInput } from './apiserver/api-object.ts';
import { ApiServer } from './apiserver/api-server.ts';
import type { Fault, FaultAction, FaultScope } from './apiserver/faults.ts';
import { randomObject } from './cluster-objects.ts';
import { type Random, seededRandom } from './seeded-random.ts';
import { expectedOf, ServedCluster } from './served-cluster.ts';

export interface HistoryFindings {
  /** Sentences; none if all was well. */
  readonly problems: readonly string[];
  readonly generations: number;
  /** How often a fault struck, by its name. */
  readonly faults: ReadonlyMap<string, number>;
}

const STEPS = 120;
const PAUSE_MAX_MS = 25;
const OUTAGE_MAX_MS = 400;
const BOOKMARK_MS = 50;
/** The longest wait after a failed watch is 10 s, and there may be two. */
const QUIET_WAIT_MS = 40_000;
const LOOK_MS = 5;
const STEADY_HOST = 'steady.example';
const STEADY_LINES = [`host ${STEADY_HOST}`, '    at 192.0.2.9:8080'];

const REQUEST_FAULTS: readonly FaultAction[] = [
  { do: 'answer', code: 500 },
  { do: 'answer', code: 503 },
  { do: 'answer', code: 410 },
  { do: 'answer', code: 429, retryAfterSeconds: 1 },
  { do: 'reset' },
  { do: 'delay', delayMs: 60 },
  { do: 'hang' },
];
const WATCH_FAULTS: readonly FaultAction[] = [
  { do: 'cut' },
  { do: 'garble' },
  { do: 'repeat' },
  { do: 'reorder' },
  { do: 'expire' },
  { do: 'silence' },
];
const KINDS = ['Ingress', 'Service', 'EndpointSlice', 'IngressClass'];

export async function runClusterHistory(seed: number): Promise<HistoryFindings> {
  await using history = await History.begin(seed);
  await history.start();
  await history.live();
  await history.settle();
  return history.findings;
}

class History implements AsyncDisposable {
  readonly #random: Random;
  readonly #server: ApiServer;
  readonly #cluster: ServedCluster;
  readonly #problems: string[] = [];
  readonly #faults: Fault[] = [];

  private constructor(seed: number, server: ApiServer, cluster: ServedCluster) {
    this.#random = seededRandom(seed);
    this.#server = server;
    this.#cluster = cluster;
  }

  static async begin(seed: number): Promise<History> {
    const server = await ApiServer.start({ bookmarkIntervalMs: BOOKMARK_MS });
    for (const object of steadyObjects()) server.apply(object);
    const onPublished = (): void => history.#look();
    const history: History = new History(seed, server, await ServedCluster.of(server, onPublished));
    return history;
  }

  /** Some objects are there already, and half of the starts are disturbed. */
  async start(): Promise<void> {
    for (let count = 0; count < 20; count += 1) this.#change();
    const isDisturbed = this.#random.below(2) === 0;
    if (isDisturbed) for (let count = 0; count < 3; count += 1) this.#disturb('list');
    const started = this.#cluster.start();
    // What hangs ends when the connection does; the server does not end it.
    const helper = setInterval(() => this.#endHanging(), 200);
    await started;
    clearInterval(helper);
    this.#compare('at the start');
  }

  async live(): Promise<void> {
    for (let step = 0; step < STEPS; step += 1) {
      await this.#step();
      await delay(this.#random.below(PAUSE_MAX_MS));
    }
  }

  /** All faults end; what is served must come to be what the objects say, and stay so. */
  async settle(): Promise<void> {
    for (const fault of this.#faults) fault[Symbol.dispose]();
    this.#endHanging();
    await this.#becomesEqual();
    for (let count = 0; count < 5; count += 1) this.#change();
    await this.#becomesEqual();
  }

  get findings(): HistoryFindings {
    const faults = new Map<string, number>();
    for (const { action, hits } of this.#faults) {
      const name = action.do === 'answer' ? `answer ${action.code}` : action.do;
      faults.set(name, (faults.get(name) ?? 0) + hits);
    }
    return { problems: this.#problems, generations: this.#cluster.generation, faults };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cluster[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
  }

  async #step(): Promise<void> {
    const chance = this.#random.below(100);
    if (chance < 88) {
      const count = 1 + this.#random.below(4);
      for (let index = 0; index < count; index += 1) this.#change();
    } else if (chance < 93) this.#disturb(this.#random.pick(['list', 'watch', 'event', 'event']));
    else if (chance < 95) this.#server.dropConnections();
    else if (chance < 97) this.#server.compact();
    else if (chance < 99) this.#server.sendBookmarks();
    else await this.#outage();
  }

  /** An object comes, changes or goes. */
  #change(): void {
    const object = randomObject(this.#random);
    const { kind, metadata } = object;
    const ref = { kind, ...metadata };
    const isThere = this.#server.get(ref) !== undefined;
    // The controller of a class is for ever.
    const isFixed = kind === 'IngressClass';
    if (isThere && (isFixed || this.#random.below(2) === 0)) this.#server.delete(ref);
    else this.#server.apply(object);
  }

  #disturb(where: 'list' | 'watch' | 'event'): void {
    const isEvent = where === 'event';
    const action = this.#random.pick(isEvent ? WATCH_FAULTS : REQUEST_FAULTS);
    const on: FaultScope = {
      verb: isEvent ? 'watch' : where,
      ...(this.#random.below(3) > 0 && { kind: this.#random.pick(KINDS) }),
    };
    const times = 1 + this.#random.below(2);
    this.#faults.push(this.#server.inject(action, { on, times }));
    // A fault of what begins strikes when something does.
    if (where === 'watch') this.#server.dropConnections();
    if (where === 'list') this.#server.compact();
  }

  async #outage(): Promise<void> {
    await this.#server.suspend();
    await delay(this.#random.below(OUTAGE_MAX_MS));
    for (let count = 0; count < 4; count += 1) this.#change();
    if (this.#random.below(2) === 0) this.#server.compact();
    await this.#server.resume();
  }

  /** Nothing but time would end these, and the limits on silence are far longer than a history. */
  #endHanging(): void {
    const isHanging = this.#faults.some(
      ({ action, hits }) => hits > 0 && (action.do === 'hang' || action.do === 'silence'),
    );
    if (isHanging) this.#server.dropConnections();
  }

  /** At each generation: what stays in the cluster is served. */
  #look(): void {
    const { snapshot, generation } = this.#cluster;
    for (const line of STEADY_LINES) {
      if (!snapshot.includes(`${line}\n`)) {
        this.#problems.push(`generation ${generation} lacks "${line.trim()}", which never went`);
      }
    }
  }

  async #becomesEqual(): Promise<void> {
    const endMs = performance.now() + QUIET_WAIT_MS;
    while (performance.now() < endMs) {
      if (isDeepStrictEqual(this.#cluster.served, expectedOf(this.#server))) return;
      await delay(LOOK_MS);
    }
    this.#compare(`after ${QUIET_WAIT_MS} ms without faults`);
  }

  #compare(when: string): void {
    const { served } = this.#cluster;
    const expected = expectedOf(this.#server);
    for (const part of ['plan', 'snapshot', 'problems'] as const) {
      if (isDeepStrictEqual(served[part], expected[part])) continue;
      const texts = [served[part], expected[part]].map((value) => JSON.stringify(value));
      this.#problems.push(`${when} the ${part} is ${texts[0]} and should be ${texts[1]}`);
    }
  }
}

/** Of a class, a host and a Service that no random object has. */
function steadyObjects(): readonly ApiInput[] {
  const metadata = { name: 'steady', namespace: 'shop' };
  const backend = { service: { name: 'steady', port: { number: 80 } } };
  const http = { paths: [{ path: '/', pathType: 'Prefix', backend }] };
  const networking = { apiVersion: 'networking.k8s.io/v1' };
  return [
    {
      ...{ ...networking, kind: 'IngressClass', metadata: { name: 'steady' } },
      spec: { controller: 'headgate.dev/ingress-controller' },
    },
    {
      ...{ ...networking, kind: 'Ingress', metadata },
      spec: { ingressClassName: 'steady', rules: [{ host: STEADY_HOST, http }] },
    },
    {
      ...{ apiVersion: 'v1', kind: 'Service', metadata },
      spec: { ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
    },
    {
      ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'steady' } },
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      endpoints: [{ addresses: ['192.0.2.9'], conditions: { ready: true } }],
    },
  ];
}
