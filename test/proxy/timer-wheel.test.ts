import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { Deadline, TimerWheel } from '#proxy/timer-wheel.ts';

const TICK = limits.timerTickMs;
const TURN = TICK * limits.timerWheelBuckets;

/** A deadline that notes when it fires, on a wheel that is moved by hand in single ticks. */
function setUp() {
  const wheel = new TimerWheel(0);
  const fired: number[] = [];
  const deadline = new Deadline(wheel, () => fired.push(nowMs));
  let nowMs = 0;
  const elapse = (durationMs: number) => {
    for (const end = nowMs + durationMs; nowMs < end; ) {
      nowMs += TICK;
      wheel.advance(nowMs);
    }
  };
  return { wheel, deadline, fired, elapse };
}

describe('a deadline', () => {
  it.each([[0], [1], [TICK], [1_000], [TURN - TICK], [TURN], [3 * TURN + 50]])(
    'of %i ms fires once, not early and at most two ticks late',
    (durationMs) => {
      const { deadline, fired, elapse } = setUp();
      deadline.set(durationMs);
      elapse(durationMs + 10 * TICK);
      expect(fired).toHaveLength(1);
      expect(fired[0]).toBeGreaterThanOrEqual(durationMs);
      expect(fired[0]).toBeLessThanOrEqual(durationMs + 2 * TICK);
    },
  );

  it('that is put off fires at its later time only', () => {
    const { deadline, fired, elapse } = setUp();
    deadline.set(500);
    elapse(400);
    deadline.set(1_000);
    elapse(900);
    expect(fired).toEqual([]);
    elapse(400);
    expect(fired).toHaveLength(1);
  });

  it('that is brought forward fires at its earlier time', () => {
    const { deadline, fired, elapse } = setUp();
    deadline.set(60_000);
    deadline.set(300);
    elapse(500);
    expect(fired).toHaveLength(1);
  });

  it('that is cleared or dropped never fires', () => {
    const { deadline, fired, elapse } = setUp();
    deadline.set(300);
    deadline.clear();
    elapse(1_000);
    deadline.set(300);
    deadline.drop();
    elapse(1_000);
    expect(fired).toEqual([]);
  });

  it('may drop another one that is due at the same tick', () => {
    const wheel = new TimerWheel(0);
    const fired: string[] = [];
    const second: Deadline = new Deadline(wheel, () => fired.push('second'));
    const first = new Deadline(wheel, () => {
      fired.push('first');
      second.drop();
    });
    first.set(100);
    second.set(100);
    wheel.advance(1_000);
    expect(fired).toEqual(['first']);
  });

  it('does not fire for time in which the machine was suspended', () => {
    const { wheel, deadline, fired } = setUp();
    deadline.set(TURN + 60_000);
    wheel.advance(100 * TURN);
    expect(fired).toEqual([]);
    wheel.advance(100 * TURN + 61_000);
    expect(fired).toHaveLength(1);
  });
});

it('a wheel fires each deadline within its bounds through any history', () => {
  const step = fc.record({
    which: fc.nat(4),
    durationMs: fc.integer({ min: 0, max: 2 * TURN }),
    elapseTicks: fc.nat(300),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const wheel = new TimerWheel(0);
      let nowMs = 0;
      const due = new Map<number, number>();
      const deadlines = Array.from({ length: 5 }, (_, which) => {
        return new Deadline(wheel, () => {
          const expected = due.get(which) ?? Number.NaN;
          expect(nowMs).toBeGreaterThanOrEqual(expected);
          expect(nowMs).toBeLessThanOrEqual(expected + 2 * TICK);
          due.delete(which);
        });
      });
      for (const { which, durationMs, elapseTicks } of steps) {
        deadlines[which]!.set(durationMs);
        due.set(which, nowMs + durationMs);
        for (let tick = 0; tick < elapseTicks; tick += 1) {
          nowMs += TICK;
          wheel.advance(nowMs);
        }
        for (const expected of due.values()) expect(expected).toBeGreaterThan(nowMs - 2 * TICK);
      }
    }),
    { numRuns: 200 },
  );
});
