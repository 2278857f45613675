// Seeded runs of some workers that share one table of health, over endpoints that go down and come
// back. Whoever is down must soon be avoided, whoever is up must soon be used, and never may more
// than half of the endpoints be avoided.

import { expect, it } from 'vitest';
import { assert } from '#base/assert.ts';
import { limits } from '#base/limits.ts';
import { EndpointHealth, endpointKey } from '#protocol/endpoint-health.ts';
import { RoundRobin } from '#proxy/balance/round-robin.ts';
import { usableEndpoints } from '#proxy/balance/usable-endpoints.ts';
import { type Random, seededRandom } from '../support/seeded-random.ts';

const WORKERS = 3;
const STEPS = 6_000;
const STEP_MS = 20;

interface Endpoint {
  readonly key: Uint32Array;
  isUp: boolean;
  /** Since when it is up, or down. */
  sinceMs: number;
  failures: number;
}

class Simulation {
  readonly random: Random;
  readonly endpoints: Endpoint[];
  readonly workers: { readonly health: EndpointHealth; readonly turn: RoundRobin }[];
  nowMs = 5_000_000;
  requests = 0;

  constructor(seed: number, { size, slots }: { readonly size: number; readonly slots: number }) {
    this.random = seededRandom(seed);
    this.endpoints = Array.from({ length: size }, (_, index) => ({
      key: endpointKey(`10.0.0.${index}`, 80),
      isUp: true,
      sinceMs: this.nowMs,
      failures: 0,
    }));
    const { buffer } = EndpointHealth.create(slots);
    this.workers = Array.from({ length: WORKERS }, (_, index) => ({
      health: EndpointHealth.attach(buffer),
      turn: new RoundRobin(index),
    }));
  }

  /** One request of some worker, to an endpoint whose turn it is. */
  request(): void {
    const { health, turn } = this.random.pick(this.workers);
    const untilMs = this.endpoints.map(({ key }) => health.ejectedUntilMs(key, this.nowMs));
    const usable = usableEndpoints(this.endpoints, untilMs);
    assert(usable.length >= this.endpoints.length / 2, 'at most half are left out');
    const longestMs = Math.max(...untilMs) - this.nowMs;
    assert(longestMs <= limits.ejectionMaxMs, 'an ejection is bounded');
    const endpoint = usable[turn.next(usable.length)]!;
    this.requests += 1;
    if (endpoint.isUp) {
      if (health.isSuspect(endpoint.key)) health.recordSuccess(endpoint.key, this.nowMs);
    } else {
      endpoint.failures += 1;
      health.recordFailure(endpoint.key, this.nowMs);
    }
  }

  /** Sets an endpoint up or down. */
  turn(endpoint: Endpoint, isUp: boolean): void {
    endpoint.isUp = isUp;
    endpoint.sinceMs = this.nowMs;
    endpoint.failures = 0;
  }

  run(steps: number, chance: number): void {
    for (let step = 0; step < steps; step += 1) {
      this.nowMs += this.random.below(2 * STEP_MS);
      const endpoint = this.random.pick(this.endpoints);
      if (this.random.below(1_000) < chance) this.turn(endpoint, !endpoint.isUp);
      this.request();
    }
  }

  isEjected({ key }: Endpoint): boolean {
    return this.workers[0]!.health.ejectedUntilMs(key, this.nowMs) > 0;
  }
}

const seeds = Array.from({ length: 10 }, (_, index) => index + 1);

it.each(seeds)('one endpoint that is down costs a few requests, seed %i', (seed) => {
  const simulation = new Simulation(seed, { size: 4, slots: 64 });
  const [down] = simulation.endpoints;
  simulation.turn(down!, false);
  simulation.run(STEPS, 0);
  // Two minutes: ejections of 1, 2, 4, 8, 16, 32 and 60 seconds, each ended by one failure.
  expect(down!.failures).toBeLessThanOrEqual(limits.failuresToEject + 7);
  expect(simulation.isEjected(down!)).toBe(true);
});

it.each(seeds)('whoever is up again is used again within the longest ejection, seed %i', (seed) => {
  const simulation = new Simulation(seed, { size: 5, slots: 64 });
  simulation.run(STEPS, 4);
  for (const endpoint of simulation.endpoints) simulation.turn(endpoint, true);
  simulation.nowMs += limits.ejectionMaxMs;
  expect(simulation.endpoints.filter((one) => simulation.isEjected(one))).toEqual([]);
  simulation.run(100, 0);
  expect(simulation.endpoints.filter((one) => simulation.isEjected(one))).toEqual([]);
});

it.each(seeds)('an outage of all ejects none for good, seed %i', (seed) => {
  const simulation = new Simulation(seed, { size: 3, slots: 64 });
  for (const endpoint of simulation.endpoints) simulation.turn(endpoint, false);
  simulation.run(STEPS, 0);
  for (const endpoint of simulation.endpoints) simulation.turn(endpoint, true);
  simulation.nowMs += limits.ejectionMaxMs;
  simulation.run(100, 0);
  expect(simulation.endpoints.some((one) => simulation.isEjected(one))).toBe(false);
});

it.each(seeds)('a table that is too small ejects whom it can, seed %i', (seed) => {
  const simulation = new Simulation(seed, { size: 20, slots: 4 });
  simulation.run(STEPS, 20);
  const { health } = simulation.workers[0]!;
  expect(health.countEjected(simulation.nowMs)).toBeLessThanOrEqual(4);
  expect(simulation.requests).toBe(STEPS);
  expect(health.epoch).toBeGreaterThan(10);
});
