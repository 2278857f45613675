// How long to wait before trying again. Chance comes in as an argument, so that a seeded test
// sees the same waits again.

export interface Backoff {
  /** The wait after the first failure, in milliseconds. */
  readonly baseMs: number;
  /** No wait is longer. */
  readonly maxMs: number;
}

/**
 * The wait in milliseconds before retry number `attempt` (0 is the first): it doubles up to the
 * maximum, and `jitter` (0 to 1) takes away up to half, so that many who failed together do not
 * come back together.
 */
export function backoffMs(backoff: Backoff, attempt: number, jitter: number): number {
  const fullMs = Math.min(backoff.maxMs, backoff.baseMs * 2 ** attempt);
  return fullMs * (1 - jitter / 2);
}
