// How many requests of one upstream may be sent again: a share of its traffic, and a few each
// second besides, so that a retry hides the failure of one endpoint but an outage is never met with
// more load. Pure: time is an argument.

import { limits } from '#base/limits.ts';

const MS_PER_SECOND = 1_000;
const SAVED_MAX = limits.retriesSavedMax * limits.requestsPerRetry;

export class RetryBudget {
  /** Requests that no retry has been taken for yet. */
  #requests = 0;
  /** What is left of this second's. */
  #floor: number = limits.retriesPerSecond;
  #secondStartMs = 0;

  /** A request begins; its retries are none. */
  earn(): void {
    if (this.#requests < SAVED_MAX) this.#requests += 1;
  }

  /** Whether a request may be sent again; it then counts as sent. */
  spend(nowMs: number): boolean {
    if (this.#requests >= limits.requestsPerRetry) {
      this.#requests -= limits.requestsPerRetry;
      return true;
    }
    if (nowMs - this.#secondStartMs >= MS_PER_SECOND) {
      this.#secondStartMs = nowMs;
      this.#floor = limits.retriesPerSecond;
    }
    if (this.#floor === 0) return false;
    this.#floor -= 1;
    return true;
  }
}
