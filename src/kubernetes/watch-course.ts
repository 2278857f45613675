// What a list-and-watch loop does next, and after which wait: a pure decision over what has come of
// the step before. It knows neither requests nor objects.

import { type Backoff, backoffMs } from '#base/backoff.ts';
import { limits } from '#base/limits.ts';

export interface Course {
  /** List everything, or watch from the version that is known. */
  readonly step: 'list' | 'watch';
  readonly waitMs: number;
  /** Steps in a row that came to nothing. */
  readonly failureCount: number;
}

export type Outcome =
  /** A whole list. */
  | { readonly type: 'listed' }
  /** The server ended the watch in order. */
  | { readonly type: 'ended' }
  /** The version that we know is forgotten (410): what was deleted since can no longer be told. */
  | { readonly type: 'gone' }
  /** What came makes no sense, so that what we know may be wrong. */
  | { readonly type: 'confused' }
  /** The server is there, and does not do it. */
  | { readonly type: 'refused'; readonly retryAfterMs: number | null }
  /** No answer, or a server that is busy, or a stream that broke off. */
  | { readonly type: 'failed'; readonly retryAfterMs: number | null };

export interface StepEnd {
  readonly outcome: Outcome;
  /** The watch told something, or stood long enough: what failed before is over. */
  readonly wasSound: boolean;
  /** From 0 to 1. */
  readonly random: number;
}

export const FIRST_COURSE: Course = { step: 'list', waitMs: 0, failureCount: 0 };

const BACKOFF: Backoff = { baseMs: limits.watchRetryBaseMs, maxMs: limits.watchRetryMaxMs };

/** A failed step is taken again; a list is the way out of all that a watch cannot mend. */
export function nextCourse(before: Course, { outcome, wasSound, random }: StepEnd): Course {
  const failureCount = wasSound ? 0 : before.failureCount;
  const waitMs = backoffMs(BACKOFF, failureCount, random);
  switch (outcome.type) {
    case 'listed':
      // A list proves little: if each watch after it fails, the waits must go on growing.
      return { step: 'watch', waitMs: 0, failureCount };
    case 'ended':
      if (wasSound) return { step: 'watch', waitMs: 0, failureCount: 0 };
      return { step: 'watch', waitMs, failureCount: failureCount + 1 };
    case 'gone': {
      // It happens to every node of the cluster at once, and a list is dear.
      const spreadMs = random * limits.relistSpreadMs;
      const isFirst = failureCount === 0;
      return { step: 'list', waitMs: isFirst ? spreadMs : waitMs, failureCount: failureCount + 1 };
    }
    case 'confused':
      return { step: 'list', waitMs, failureCount: failureCount + 1 };
    case 'refused':
    case 'failed': {
      const askedMs = Math.min(outcome.retryAfterMs ?? 0, limits.retryAfterMaxMs);
      // A server may not know our version, as after its store was put back from a backup, and not
      // say so by 410: the version is given up at last.
      const givesUp = outcome.type === 'refused' && failureCount >= limits.watchRefusalsMax;
      return {
        step: givesUp ? 'list' : before.step,
        waitMs: Math.max(waitMs, askedMs),
        failureCount: failureCount + 1,
      };
    }
  }
}
