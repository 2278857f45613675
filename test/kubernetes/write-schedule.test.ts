// When writes go: each line is a moment, what is asked of the queue, and what it answers.

import { beforeEach, describe, expect, it } from 'vitest';
import { WriteSchedule } from '#kubernetes/write-schedule.ts';

const OPTIONS = {
  perSecond: 10,
  burst: 3,
  runningMax: 2,
  waitingMax: 4,
  restMs: 0,
  retry: { baseMs: 100, maxMs: 1_000 },
};
const ROUTINE = { isUrgent: false };
const URGENT = { isUrgent: true };

let schedule: WriteSchedule;
beforeEach(() => {
  schedule = new WriteSchedule(OPTIONS, 0);
});

/** Everything that may go at this moment, each finished at once. */
function drain(nowMs: number): string[] {
  const taken: string[] = [];
  for (let key = schedule.take(nowMs); key !== null; key = schedule.take(nowMs)) {
    taken.push(key);
    schedule.finished(key, nowMs);
  }
  return taken;
}

describe('the order', () => {
  it('is that in which the keys came', () => {
    for (const key of ['b', 'a', 'c']) schedule.add(key, ROUTINE, 0);
    expect(drain(0)).toEqual(['b', 'a', 'c']);
  });

  it('has the urgent ones first, also one that was routine before', () => {
    for (const key of ['a', 'b']) schedule.add(key, ROUTINE, 0);
    schedule.add('c', URGENT, 0);
    schedule.add('b', URGENT, 0);
    expect(drain(0)).toEqual(['c', 'b', 'a']);
  });

  it('has each key once, however often it is asked for', () => {
    for (const key of ['a', 'a', 'a']) schedule.add(key, ROUTINE, 0);
    expect(drain(0)).toEqual(['a']);
  });
});

describe('the rate', () => {
  it('is a burst, and then so many a second', () => {
    for (const key of ['a', 'b', 'c', 'd']) schedule.add(key, ROUTINE, 0);
    expect(drain(0)).toEqual(['a', 'b', 'c']);
    expect(schedule.dueAtMs(0)).toBe(100);
    expect(drain(99)).toEqual([]);
    expect(drain(100)).toEqual(['d']);
  });

  it('does not count a key that needed no write', () => {
    for (const key of ['a', 'b', 'c', 'd']) schedule.add(key, ROUTINE, 0);
    schedule.take(0);
    schedule.skipped('a');
    expect(drain(0)).toEqual(['b', 'c', 'd']);
  });

  it('has a bound of writes under way', () => {
    for (const key of ['a', 'b', 'c']) schedule.add(key, ROUTINE, 0);
    expect([schedule.take(0), schedule.take(0), schedule.take(0)]).toEqual(['a', 'b', null]);
    expect(schedule.dueAtMs(0)).toBeNull();
    schedule.finished('a', 5);
    expect(schedule.take(5)).toBe('c');
  });

  it('has a bound of keys that wait', () => {
    const answers = ['a', 'b', 'c', 'd', 'e'].map((key) => schedule.add(key, ROUTINE, 0));
    expect(answers).toEqual([true, true, true, true, false]);
  });
});

describe('a key that is being written', () => {
  it('goes again when it was asked for meanwhile', () => {
    schedule.add('a', ROUTINE, 0);
    schedule.take(0);
    schedule.add('a', ROUTINE, 1);
    expect(schedule.take(1)).toBeNull();
    schedule.finished('a', 2);
    expect(schedule.take(2)).toBe('a');
  });

  it('rests after it, and is not forgotten', () => {
    schedule = new WriteSchedule({ ...OPTIONS, restMs: 500 }, 0);
    schedule.add('a', ROUTINE, 0);
    expect(drain(0)).toEqual(['a']);
    schedule.add('a', ROUTINE, 10);
    expect(schedule.dueAtMs(10)).toBe(500);
    expect(drain(499)).toEqual([]);
    expect(drain(500)).toEqual(['a']);
  });
});

describe('a write that failed', () => {
  it('comes again, later each time, and what succeeds in between begins anew', () => {
    const waits: (number | null)[] = [];
    schedule.add('a', ROUTINE, 0);
    let nowMs = 0;
    for (const isFailure of [true, true, true, false, true]) {
      const key = schedule.take(nowMs);
      expect(key).toBe('a');
      if (isFailure) schedule.failed('a', 0, { nowMs, retryAfterMs: null });
      else schedule.finished('a', nowMs);
      if (!isFailure) schedule.add('a', ROUTINE, nowMs);
      const dueAtMs = schedule.dueAtMs(nowMs) ?? nowMs;
      waits.push(dueAtMs - nowMs);
      nowMs = dueAtMs;
    }
    expect(waits).toEqual([100, 200, 400, 0, 100]);
  });

  it('waits for what the server asks', () => {
    schedule.add('a', ROUTINE, 0);
    schedule.take(0);
    schedule.failed('a', 0, { nowMs: 0, retryAfterMs: 7_000 });
    schedule.add('a', URGENT, 1);
    expect(schedule.dueAtMs(1)).toBe(7_000);
  });

  it('stays urgent', () => {
    schedule.add('a', URGENT, 0);
    schedule.take(0);
    schedule.failed('a', 0, { nowMs: 0, retryAfterMs: null });
    schedule.add('b', ROUTINE, 0);
    expect(drain(100)).toEqual(['a', 'b']);
  });
});
