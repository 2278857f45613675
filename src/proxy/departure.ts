// How a worker that leaves spends the time it has. It knows no connections, and no clock: times
// are arguments.
//
//   drain begins                  1/2                                    1
//   ├── idle clients may ask once ─┼── what runs is finished ─────────────┤ what is left is cut

import { limits } from '#base/limits.ts';

/** The part of the drain time in which a client that holds an idle connection may still use it. */
const IDLE_SHARE = 0.5;

export class Departure {
  readonly #idleUntilMs: number;
  readonly #isHasty: boolean;

  /** `drainMs` is all the time there is; 0 ends everything at once. */
  constructor(beginMs: number, drainMs: number) {
    this.#idleUntilMs = beginMs + drainMs * IDLE_SHARE;
    this.#isHasty = drainMs === 0;
  }

  /**
   * How long a connection that is idle at `nowMs` is kept, in ms. The answer to its next request
   * says that it is the last one: to close before would lose a request that is on its way
   * (RFC 9112 9.5). A client that was told otherwise a moment ago has time for a slow round trip.
   */
  idleMs(nowMs: number): number {
    if (this.#isHasty) return 0;
    const leftMs = Math.max(this.#idleUntilMs - nowMs, limits.drainIdleMsMin);
    return Math.min(leftMs, limits.keepAliveTimeoutMs);
  }
}
