// Seeded runs of one publisher and several workers that adopt, die and come back at any moment,
// while the publisher goes back to older generations and on again. A worker must always see exactly
// what its generation holds, so must whoever goes back, and no memory may be lost.

import { expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { finish } from '#base/sliced.ts';
import { sortedList } from '#base/sorted-list.ts';
import { buildSnapshot } from '#compile/build-snapshot.ts';
import { compileHost } from '#compile/compile-host.ts';
import { NO_CHANGE } from '#control/change.ts';
import { compileChange, NO_PLANS, type Plans } from '#control/compile-change.ts';
import { Publisher } from '#control/publisher.ts';
import { type EndpointPlan, PLAIN_HTTP1 } from '#plan/endpoint-plan.ts';
import {
  ADMITS_ANY,
  NO_ROUTES,
  type Route,
  type RoutingPlan,
  type VirtualHost,
} from '#plan/routing-plan.ts';
import { NO_TLS } from '#plan/tls-plan.ts';
import { ControlBlock } from '#protocol/control-block.ts';
import { Arena } from '#snapshot/arena.ts';
import { dumpSnapshot } from '#snapshot/dump.ts';
import { verifySnapshot } from '#snapshot/verify.ts';
import { SnapshotView } from '#snapshot/view.ts';
import { type Random, seededRandom } from '../support/seeded-random.ts';

const HASH_SEED = 7;
const WORKERS = 3;
const STEPS = 120;
const SERVICES = ['a', 'b', 'c', 'd'];
const HOSTS = ['one.example', 'two.example', '*.example', '*', 'three.example', 'four.example'];

/** A worker as the publisher can see it: a thread reads the root, and later acknowledges. */
class SimulatedWorker {
  readonly #index: number;
  readonly #control: ControlBlock;
  readonly #arena: Arena;
  readonly #view: SnapshotView;
  /** Roots that this worker may still read from: the adopted one, and one it has just loaded. */
  #adopted: number | null = null;
  #loaded: number | null = null;
  isAlive = false;

  constructor(index: number, control: ControlBlock, arena: Arena) {
    this.#index = index;
    this.#control = control;
    this.#arena = arena;
    this.#view = new SnapshotView(arena.buffer);
  }

  start(generation: number): void {
    this.isAlive = true;
    this.#control.acknowledge(this.#index, generation);
  }

  die(): void {
    this.isAlive = false;
    this.#adopted = null;
    this.#loaded = null;
    this.#control.exempt(this.#index);
  }

  load(): void {
    this.#loaded = this.#control.rootOf(this.#index);
  }

  adopt(): void {
    if (this.#loaded === null) return;
    this.#adopted = this.#loaded;
    this.#loaded = null;
    this.#view.adopt(this.#adopted);
    this.#control.acknowledge(this.#index, this.#view.generation);
  }

  /** What it sees at each root it may read from. */
  dumps(): string[] {
    return [this.#adopted, this.#loaded].flatMap((root) =>
      root === null ? [] : [dumpSnapshot(this.#arena.memory, root)],
    );
  }
}

class Simulation {
  readonly random: Random;
  readonly control = ControlBlock.create(WORKERS);
  readonly arena: Arena;
  readonly publisher: Publisher;
  readonly workers: SimulatedWorker[];
  /** By generation. */
  readonly expected = new Map<number, string>();
  routes = NO_ROUTES;
  arenaFullCount = 0;
  rollbackCount = 0;
  promotionCount = 0;
  /** What the canary serves; null if there is none. */
  #canary: Plans | null = null;
  #inForce = NO_PLANS;
  /** By generation. */
  readonly #plans = new Map<number, Plans>();
  /** Generations that were to be kept. */
  readonly #wanted = new Set<number>();

  constructor(seed: number, arenaBytes: number) {
    this.random = seededRandom(seed);
    this.arena = new Arena(arenaBytes);
    this.publisher = new Publisher({ arena: this.arena, control: this.control, seed: HASH_SEED });
    this.workers = Array.from(
      { length: WORKERS },
      (_, index) => new SimulatedWorker(index, this.control, this.arena),
    );
  }

  /** Of the generation in force, or of the kept generation `base`. */
  async publish(plans: Plans, how = { isKept: false, base: null as number | null }): Promise<void> {
    const before = how.base === null ? this.#inForce : this.#plans.get(how.base);
    const change = await compileChange(before ?? NO_PLANS, plans, {
      hosts: async (hosts) => hosts.map((host) => compileHost(host, HASH_SEED)),
      seed: HASH_SEED,
    });
    const [rootBefore, generationBefore] = [this.control.root, this.publisher.generation];
    const result = finish(this.publisher.publish(change, how));
    const turned = this.#canary !== null && this.publisher.canary === null;
    if (turned && result !== 'published') this.#expect(this.#inForce);
    if (result !== 'arenaFull') this.#inForce = plans;
    if (this.publisher.canary === null) this.#canary = null;
    const { generation } = this.publisher;
    if (result === 'published') {
      expect(generation).toBeGreaterThan(generationBefore);
      verifySnapshot(this.arena.memory, this.control.root);
      this.#expect(plans);
      expect(dumpSnapshot(this.arena.memory, this.control.root)).toBe(
        this.expected.get(generation),
      );
      this.#plans.set(generation, plans);
      if (how.isKept || how.base !== null) this.#wanted.add(generation);
    } else {
      if (!turned) expect([this.control.root, generation]).toEqual([rootBefore, generationBefore]);
      if (result === 'arenaFull') this.arenaFullCount += 1;
    }
  }

  /** A worker gets routes of its own, or other endpoints for those that it has. */
  async tryFirst(): Promise<void> {
    const { publisher } = this;
    if (publisher.generation === 0) return;
    const routes = this.#canary?.routes ?? randomRoutes(this.random);
    const plans = { routes, endpoints: randomEndpoints(this.random), tls: NO_TLS };
    const before = this.#canary ?? this.#inForce;
    const change = await compileChange(before, plans, {
      hosts: async (hosts) => hosts.map((host) => compileHost(host, HASH_SEED)),
      seed: HASH_SEED,
    });
    const result = finish(publisher.publishCanary(change, 1));
    if (result === 'arenaFull') this.arenaFullCount += 1;
    if (result !== 'published') return;
    this.#canary = plans;
    this.#expect(plans, publisher.canary ?? 0);
  }

  #expect({ routes, endpoints }: Plans, generation = this.publisher.generation): void {
    const built = buildSnapshot(routes, endpoints, { seed: HASH_SEED, generation });
    this.expected.set(generation, dumpSnapshot(built.arena.memory, built.root));
  }

  async endTrial(): Promise<void> {
    if (this.#canary === null) return;
    if (this.random.below(2) === 0) {
      this.publisher.withdrawCanary();
      this.#expect(this.#inForce);
    } else {
      const plans = this.#canary;
      if (
        finish(this.publisher.publish(NO_CHANGE, { isKept: true, base: 'canary' })) === 'arenaFull'
      )
        return;
      this.#expect(plans);
      this.#plans.set(this.publisher.generation, plans);
      this.#wanted.add(this.publisher.generation);
      this.#inForce = plans;
      ({ routes: this.routes } = plans);
      this.promotionCount += 1;
    }
    this.#canary = null;
  }

  /** Half of the changes are of endpoints only, and those are not kept. */
  async publishNext(): Promise<void> {
    const isKept = this.random.below(2) === 0;
    if (isKept) this.routes = randomRoutes(this.random);
    const endpoints = randomEndpoints(this.random);
    await this.publish({ routes: this.routes, endpoints, tls: NO_TLS }, { isKept, base: null });
  }

  /** To any generation that is kept, with the endpoints of the moment. */
  async rollBack(): Promise<void> {
    const kept = this.publisher.keptGenerations;
    expect(kept.length).toBeLessThanOrEqual(limits.keptGenerationsMax);
    // A trial keeps what it forked off, but not beside those, and not for longer.
    expect(kept.filter((generation) => !this.#wanted.has(generation))).toEqual([]);
    if (kept.length === 0) return;
    const base = this.random.pick(kept);
    ({ routes: this.routes } = this.#plans.get(base) ?? NO_PLANS);
    const plans = { routes: this.routes, endpoints: randomEndpoints(this.random), tls: NO_TLS };
    await this.publish(plans, { isKept: true, base });
    this.rollbackCount += 1;
  }

  async step(): Promise<void> {
    const worker = this.random.pick(this.workers);
    const action = this.random.below(14);
    if (action < 2) await this.publishNext();
    else if (action === 2) await this.rollBack();
    else if (action > 12) await this.endTrial();
    else if (action > 10) await this.tryFirst();
    else if (!worker.isAlive) {
      if (this.publisher.generation > 0) worker.start(this.publisher.generation);
    } else if (action === 3) worker.die();
    else if (action < 8) worker.load();
    else worker.adopt();
    if (this.random.below(4) === 0) this.publisher.reclaim();
  }

  checkViews(): void {
    for (const dump of this.workers.flatMap((worker) => worker.dumps())) {
      const generation = Number(/^generation (\d+)\n/.exec(dump)?.[1]);
      expect(dump).toBe(this.expected.get(generation));
    }
  }

  /** Everything passed, everything gone from the plan, and nothing kept but that. */
  async empty(): Promise<number> {
    for (const worker of this.workers) worker.die();
    for (let count = 0; count <= limits.keptGenerationsMax; count += 1) {
      await this.publish(NO_PLANS, { isKept: true, base: null });
      const base = this.publisher.keptGenerations.at(-1) ?? null;
      await this.publish(NO_PLANS, { isKept: true, base });
    }
    this.publisher.reclaim();
    return this.arena.usedBytes;
  }
}

function randomRoutes(random: Random): RoutingPlan {
  const virtualHosts = HOSTS.filter(() => random.below(2) === 0)
    .sort()
    .map((host): VirtualHost => {
      const paths = ['/a/b', '/a', '/'].filter(() => random.below(2) === 0);
      return { host, routes: paths.map((path) => randomRoute(random, path)), ...ADMITS_ANY };
    });
  const defaultRoute = random.below(2) === 0 ? null : randomRoute(random, '/');
  return { virtualHosts: sortedList(virtualHosts), defaultRoute };
}

function randomRoute(random: Random, path: string): Route {
  return {
    match: { type: 'Prefix', path },
    filters: [],
    upstreams: [{ name: `shop/${random.pick(SERVICES)}:80`, weight: 1 }],
    source: { object: { kind: 'Ingress', namespace: 'shop', name: 'web' }, field: 'spec' },
  };
}

function randomEndpoints(random: Random): EndpointPlan {
  const upstreams = SERVICES.map((service) => ({
    name: `shop/${service}:80`,
    endpoints: Array.from({ length: random.below(4) }, (_, index) => ({
      address: `192.0.2.${index + 1}`,
      port: 8_000 + random.below(2),
    })),
    externalName: null,
    transport: PLAIN_HTTP1,
  }));
  return { upstreams: sortedList(upstreams) };
}

const seeds = Array.from({ length: 12 }, (_, index) => index + 1);

it.each(seeds)('each worker sees exactly its generation, seed %i', async (seed) => {
  const simulation = new Simulation(seed, 1_048_576);
  for (let step = 0; step < STEPS; step += 1) {
    await simulation.step();
    simulation.checkViews();
  }
  expect(simulation.publisher.generation).toBeGreaterThan(5);
  expect(simulation.rollbackCount).toBeGreaterThan(0);
  expect(simulation.publisher.generation).toBeGreaterThan(simulation.promotionCount);
  expect(simulation.arenaFullCount).toBe(0);
});

it.each(seeds)('no memory is lost, seed %i', async (seed) => {
  const simulation = new Simulation(seed, 1_048_576);
  const emptyBytes = await simulation.empty();
  for (let step = 0; step < STEPS; step += 1) await simulation.step();
  expect(await simulation.empty()).toBe(emptyBytes);
});

it.each(seeds)('a full arena leaves the generation in force as it is, seed %i', async (seed) => {
  const simulation = new Simulation(seed, 4_096);
  const emptyBytes = await simulation.empty();
  for (let step = 0; step < STEPS; step += 1) {
    await simulation.step();
    simulation.checkViews();
  }
  expect(simulation.arenaFullCount).toBeGreaterThan(0);
  expect(await simulation.empty()).toBe(emptyBytes);
});
