// What a list-and-watch loop does next, as a table of what came before.

import { describe, expect, it } from 'vitest';
import { type Course, FIRST_COURSE, nextCourse, type Outcome } from '#kubernetes/watch-course.ts';
import { seededRandom } from '../support/seeded-random.ts';

const GONE: Outcome = { type: 'gone' };
const LISTED: Outcome = { type: 'listed' };
const ENDED: Outcome = { type: 'ended' };
const CONFUSED: Outcome = { type: 'confused' };
const FAILED: Outcome = { type: 'failed', retryAfterMs: null };
const REFUSED: Outcome = { type: 'refused', retryAfterMs: null };
const BUSY: Outcome = { type: 'failed', retryAfterMs: 5_000 };
const BUSY_FOR_AN_HOUR: Outcome = { type: 'failed', retryAfterMs: 3_600_000 };

const SOUND = true;
const VAIN = false;

describe('the next step', () => {
  // biome-ignore format: a table
  it.each<[string, Course['step'], number, Outcome, boolean, number, Course]>([
    // what            step     failures  outcome           sound  random  next step, wait, failures
    ['after a list',   'list',  0, LISTED,           VAIN,  0,   next('watch', 0, 0)],
    ['after retries',  'list',  3, LISTED,           VAIN,  0,   next('watch', 0, 3)],
    ['in order',       'watch', 2, ENDED,            SOUND, 0,   next('watch', 0, 0)],
    ['ended at once',  'watch', 0, ENDED,            VAIN,  0,   next('watch', 250, 1)],
    ['broke off',      'watch', 4, FAILED,           SOUND, 0,   next('watch', 250, 1)],
    ['failed again',   'watch', 2, FAILED,           VAIN,  0,   next('watch', 1_000, 3)],
    ['with jitter',    'watch', 2, FAILED,           VAIN,  1,   next('watch', 500, 3)],
    ['for an hour',    'watch', 90, FAILED,          VAIN,  0,   next('watch', 10_000, 91)],
    ['list failed',    'list',  0, FAILED,           VAIN,  0,   next('list', 250, 1)],
    ['server is busy', 'list',  0, BUSY,             VAIN,  0,   next('list', 5_000, 1)],
    ['too busy',       'list',  0, BUSY_FOR_AN_HOUR, VAIN,  0,   next('list', 60_000, 1)],
    ['refused',        'watch', 3, REFUSED,          VAIN,  0,   next('watch', 2_000, 4)],
    ['once too often', 'watch', 4, REFUSED,          VAIN,  0,   next('list', 4_000, 5)],
    ['after long',     'watch', 9, REFUSED,          SOUND, 0,   next('watch', 250, 1)],
    ['history gone',   'watch', 0, GONE,             VAIN,  0.5, next('list', 500, 1)],
    ['gone, at last',  'watch', 7, GONE,             SOUND, 0.5, next('list', 500, 1)],
    ['gone again',     'watch', 3, GONE,             VAIN,  0,   next('list', 2_000, 4)],
    ['token expired',  'list',  1, GONE,             VAIN,  0,   next('list', 500, 2)],
    ['makes no sense', 'watch', 0, CONFUSED,         SOUND, 0,   next('list', 250, 1)],
    ['and again',      'watch', 1, CONFUSED,         VAIN,  0,   next('list', 500, 2)],
  ])('%s', (_, step, failureCount, outcome, wasSound, random, expected) => {
    const before: Course = { step, waitMs: 0, failureCount };
    expect(nextCourse(before, { outcome, wasSound, random })).toEqual(expected);
  });

  it('is never taken in a hurry for long, whatever fails', () => {
    const random = seededRandom(7);
    const outcomes = [LISTED, ENDED, GONE, CONFUSED, REFUSED, FAILED, BUSY];
    for (let round = 0; round < 200; round++) {
      let course = FIRST_COURSE;
      let waitedMs = 0;
      // Whatever the server does, as long as no watch is worth anything.
      for (let step = 0; step < 100; step++) {
        const isList = course.step === 'list';
        const possible = outcomes.filter(({ type }) =>
          isList ? type !== 'ended' : type !== 'listed',
        );
        const outcome = random.pick(possible);
        course = nextCourse(course, {
          outcome,
          wasSound: VAIN,
          random: random.below(1_000) / 1_000,
        });
        waitedMs += course.waitMs;
        expect(course.waitMs).toBeLessThanOrEqual(60_000);
      }
      expect(waitedMs).toBeGreaterThan(100_000);
    }
  });
});

function next(step: Course['step'], waitMs: number, failureCount: number): Course {
  return { step, waitMs, failureCount };
}
