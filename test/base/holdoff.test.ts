import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Holdoff } from '#base/holdoff.ts';

const options = { quietMs: 10, waitMaxMs: 100 };

function afterRun(startedAt: number, finishedAt: number): Holdoff {
  const holdoff = new Holdoff(options);
  holdoff.request(startedAt);
  holdoff.started();
  holdoff.finished(finishedAt);
  return holdoff;
}

describe('Holdoff', () => {
  it('has nothing to do before the first request', () => {
    expect(new Holdoff(options).dueAt()).toBeNull();
  });

  it('runs at once when idle', () => {
    const holdoff = new Holdoff(options);
    holdoff.request(7);
    expect(holdoff.dueAt()).toBe(7);
  });

  it.each([
    // requests after a run that ended at 1000           due at
    ['long after', [2_000], 2_000],
    ['exactly after the quiet gap', [1_010], 1_010],
    ['within the quiet gap', [1_004], 1_014],
    ['in a burst', [1_004, 1_009, 1_012], 1_022],
    ['in a burst without end', [1_001, 1_050, 1_099], 1_101],
    ['just before the bound', [1_001, 1_090], 1_100],
  ])('schedules a request %s', (_, requests, expected) => {
    const holdoff = afterRun(900, 1_000);
    for (const now of requests) holdoff.request(now);
    expect(holdoff.dueAt()).toBe(expected);
  });

  it('waits while a run is under way, then rests before the next', () => {
    const holdoff = new Holdoff(options);
    holdoff.request(0);
    holdoff.started();
    holdoff.request(5);
    expect(holdoff.dueAt()).toBeNull();
    holdoff.finished(500);
    expect(holdoff.dueAt()).toBe(510);
  });

  it('forgets the requests that a run covers', () => {
    expect(afterRun(0, 1).dueAt()).toBeNull();
  });

  it('covers every request within its bound, and never runs twice at a time', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 200 });
    const runs = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(gaps, runs, (requestGaps, runLengths) => {
        const history = simulate(requestGaps, runLengths);
        for (const { requestedAt, startedAt, idleSince } of history) {
          const bound = Math.max(requestedAt + options.waitMaxMs, idleSince + options.quietMs);
          expect(startedAt).toBeLessThanOrEqual(bound);
        }
        expect(history).toHaveLength(requestGaps.length);
      }),
    );
  });
});

interface Covered {
  readonly requestedAt: number;
  readonly startedAt: number;
  /** When the run before the covering one had finished. */
  readonly idleSince: number;
}

/** Steps a clock by a millisecond: requests come at the given gaps, runs last as given in turn. */
function simulate(requestGaps: readonly number[], runLengths: readonly number[]): Covered[] {
  const holdoff = new Holdoff(options);
  const arrivals = requestGaps.map((_, index) =>
    requestGaps.slice(0, index + 1).reduce((sum, gap) => sum + gap, 0),
  );
  const covered: Covered[] = [];
  let waiting: number[] = [];
  let runEndsAt: number | null = null;
  let idleSince = 0;
  let runCount = 0;
  const end = (arrivals.at(-1) ?? 0) + 1_000;
  for (let now = 0; now <= end; now += 1) {
    for (const arrival of arrivals.filter((time) => time === now)) {
      holdoff.request(arrival);
      waiting.push(arrival);
    }
    if (runEndsAt !== null && now >= runEndsAt) {
      holdoff.finished(now);
      runEndsAt = null;
      idleSince = now;
    }
    const due = holdoff.dueAt();
    if (due === null || due > now) continue;
    expect(runEndsAt).toBeNull();
    holdoff.started();
    for (const requestedAt of waiting) covered.push({ requestedAt, startedAt: now, idleSince });
    waiting = [];
    runEndsAt = now + (runLengths[runCount % runLengths.length] ?? 0);
    runCount += 1;
  }
  return covered;
}
