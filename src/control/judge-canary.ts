// Whether a generation that one worker serves before the others is good for all of them. Counts
// come in, a verdict goes out; where they come from, and what follows, is for others to know.

import { limits } from '#base/limits.ts';

/** Of the routes that the generation changes, since it began to be served. */
export interface ServedCount {
  readonly requests: number;
  /** Those that were answered 5xx, which is also what a failed connect ends in. */
  readonly failures: number;
}

export interface CanaryCounts {
  /** By the worker that serves the generation. */
  readonly canary: ServedCount;
  /** By the workers that serve the one before: none for routes that are only in the later one. */
  readonly others: ServedCount;
  /** How often the worker that serves the generation has died meanwhile. */
  readonly deaths: number;
  readonly elapsedMs: number;
}

export interface CanaryBounds {
  readonly windowMs: number;
  /** How much greater the share of failures may be than that of the other workers: 0.1 is 10 %. */
  readonly shareMax: number;
}

/** `open`: it is too early to say. */
export type Verdict = 'good' | 'bad' | 'open';

export function judgeCanary(counts: CanaryCounts, { windowMs, shareMax }: CanaryBounds): Verdict {
  const { canary, others, deaths, elapsedMs } = counts;
  // It may be for another reason, but of what kills a worker one death is enough.
  if (deaths > 0) return 'bad';
  const isEnough = canary.requests >= limits.canaryRequestsMin;
  if (isEnough && share(canary) - share(others) > shareMax) return 'bad';
  return elapsedMs >= windowMs ? 'good' : 'open';
}

/** What is always bad is no worse for a change. */
function share({ requests, failures }: ServedCount): number {
  return requests === 0 ? 0 : failures / requests;
}
