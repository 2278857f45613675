// One table, seen by two workers.

import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { EndpointHealth, endpointKey } from '#protocol/endpoint-health.ts';

const A = endpointKey('10.0.0.1', 8080);
const B = endpointKey('10.0.0.2', 8080);
const BASE = limits.ejectionBaseMs;
/** Long after the machine has started, in whole ticks. */
const START_MS = 40 * 86_400_000;

function workers(slotCount?: number): [EndpointHealth, EndpointHealth] {
  const main = EndpointHealth.create(slotCount);
  return [EndpointHealth.attach(main.buffer), EndpointHealth.attach(main.buffer)];
}

function fail(health: EndpointHealth, key: Uint32Array, count: number, nowMs: number): boolean[] {
  return Array.from({ length: count }, () => health.recordFailure(key, nowMs));
}

describe('an endpoint', () => {
  it('is ejected for all workers by failures in a row, whoever met them', () => {
    const [first, second] = workers();
    expect(first.recordFailure(A, START_MS)).toBe(false);
    expect(second.recordFailure(A, START_MS)).toBe(false);
    expect(second.ejectedUntilMs(A, START_MS)).toBe(0);
    expect(first.recordFailure(A, START_MS)).toBe(true);
    expect(second.ejectedUntilMs(A, START_MS)).toBe(START_MS + BASE);
    expect(second.ejectedUntilMs(B, START_MS)).toBe(0);
    expect(second.countEjected(START_MS)).toBe(1);
    expect(second.countEjected(START_MS + BASE)).toBe(0);
  });

  it('is forgiven by a success on any worker', () => {
    const [first, second] = workers();
    fail(first, A, 2, START_MS);
    expect(second.isSuspect(A)).toBe(true);
    expect(second.recordSuccess(A, START_MS)).toBe(true);
    expect(fail(first, A, 3, START_MS)).toEqual([false, false, true]);
  });

  it('is ejected by its first failure after an ejection, twice as long up to a bound', () => {
    const [health] = workers();
    fail(health, A, 2, START_MS);
    const durations: number[] = [];
    let nowMs = START_MS;
    for (let round = 0; round < 9; round += 1) {
      expect(health.recordFailure(A, nowMs)).toBe(true);
      const untilMs = health.ejectedUntilMs(A, nowMs);
      durations.push((untilMs - nowMs) / BASE);
      nowMs = untilMs;
    }
    expect(durations).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    health.recordSuccess(A, nowMs);
    expect(fail(health, A, 3, nowMs)).toEqual([false, false, true]);
    expect(health.ejectedUntilMs(A, nowMs)).toBe(nowMs + BASE);
  });

  it('that is ejected neither fails nor succeeds: what it answers was asked before', () => {
    const [health] = workers();
    fail(health, A, 3, START_MS);
    expect(fail(health, A, 5, START_MS)).not.toContain(true);
    expect(health.recordSuccess(A, START_MS)).toBe(false);
    expect(health.ejectedUntilMs(A, START_MS)).toBe(START_MS + BASE);
  });

  it('has its old failures forgotten', () => {
    const [health] = workers();
    fail(health, A, 2, START_MS);
    const laterMs = START_MS + limits.healthForgetMs + 200;
    expect(fail(health, A, 3, laterMs)).toEqual([false, false, true]);
  });
});

describe('the epoch', () => {
  it('is 0 until an endpoint fails, and moves when it is suspected or ejected', () => {
    const [health, other] = workers();
    const epochs = [other.epoch];
    for (let count = 0; count < 3; count += 1) {
      health.recordFailure(A, START_MS);
      epochs.push(other.epoch);
    }
    expect(epochs).toEqual([0, 1, 1, 2]);
  });
});

describe('a full table', () => {
  it('knows no more endpoints, until one of them is well again or was not heard of', () => {
    const [health] = workers(2);
    const C = endpointKey('10.0.0.3', 8080);
    fail(health, A, 2, START_MS);
    fail(health, B, 2, START_MS);
    expect(fail(health, C, 9, START_MS)).not.toContain(true);
    expect(health.isSuspect(C)).toBe(false);
    health.recordSuccess(B, START_MS);
    expect(fail(health, C, 3, START_MS)).toEqual([false, false, true]);
    expect(health.isSuspect(B)).toBe(false);
    expect(fail(health, B, 9, START_MS)).not.toContain(true);
    const laterMs = START_MS + limits.healthForgetMs + 200;
    expect(fail(health, B, 3, laterMs)).toEqual([false, false, true]);
  });
});
