// Which fault comes when: decided by a seed alone. Every fault comes once before any comes again.

import type { Random } from '../support/seeded-random.ts';

const GAP_MS_MAX = 1_500;

export interface Scheduled<T> {
  readonly fault: T;
  /** How long all is left in peace before it. */
  readonly gapMs: number;
}

export function* schedule<T>(faults: readonly T[], random: Random): Generator<Scheduled<T>> {
  while (faults.length > 0) {
    const left = [...faults];
    while (left.length > 0) {
      const [fault] = left.splice(random.below(left.length), 1) as [T];
      yield { fault, gapMs: random.below(GAP_MS_MAX) };
    }
  }
}
