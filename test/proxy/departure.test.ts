import { describe, expect, it } from 'vitest';
import { Departure } from '#proxy/departure.ts';

const BEGIN_MS = 1_000;

describe('an idle connection', () => {
  it.each([
    // drain, passed since, kept for
    [30_000, 0, 15_000],
    [30_000, 10_000, 5_000],
    [30_000, 14_500, 1_000],
    [30_000, 29_000, 1_000],
    [3_600_000, 0, 75_000],
    [0, 0, 0],
  ])('of a drain of %i ms is kept, after %i ms, for %i ms', (drainMs, passedMs, keptMs) => {
    const departure = new Departure(BEGIN_MS, drainMs);
    expect(departure.idleMs(BEGIN_MS + passedMs)).toBe(keptMs);
  });
});

describe('a tunnel', () => {
  it.each([
    [20_000, 0, 0, 15_000],
    [20_000, 0, 0.5, 16_500],
    [20_000, 10_000, 0, 5_000],
    [20_000, 19_500, 0.5, 0],
    [0, 0, 0.5, 0],
  ])('of a drain of %i ms lasts, after %i ms and by the lot %f, %i ms', (...row) => {
    const [drainMs, passedMs, random, lastsMs] = row;
    const departure = new Departure(BEGIN_MS, drainMs);
    expect(departure.tunnelMs(BEGIN_MS + passedMs, random)).toBe(lastsMs);
  });
});
