// How a worker that leaves spends the time it has. It knows no connections, and no clock: times
// are arguments.
//
//   drain begins                   1/2                     3/4           0.9    1
//   ├── idle clients may ask once ─┼─ what runs is finished ─┼─ tunnels end ─┼────┤ the rest is cut

import { limits } from '#base/limits.ts';

/** The part of the drain time in which a client that holds an idle connection may still use it. */
const IDLE_SHARE = 0.5;
/** When the first tunnel ends, and how long it takes until the last one. */
const TUNNEL_SHARE = 0.75;
const TUNNEL_SPREAD = 0.15;

export class Departure {
  readonly #idleUntilMs: number;
  readonly #beginMs: number;
  readonly #drainMs: number;

  /** `drainMs` is all the time there is; 0 ends everything at once. */
  constructor(beginMs: number, drainMs: number) {
    this.#idleUntilMs = beginMs + drainMs * IDLE_SHARE;
    this.#beginMs = beginMs;
    this.#drainMs = drainMs;
  }

  /**
   * How long a connection that is idle at `nowMs` is kept, in ms. The answer to its next request
   * says that it is the last one: to close before would lose a request that is on its way
   * (RFC 9112 9.5). A client that was told otherwise a moment ago has time for a slow round trip.
   */
  idleMs(nowMs: number): number {
    if (this.#drainMs === 0) return 0;
    const leftMs = Math.max(this.#idleUntilMs - nowMs, limits.drainIdleMsMin);
    return Math.min(leftMs, limits.keepAliveTimeoutMs);
  }

  /**
   * How long a tunnel still lasts at `nowMs`, in ms. It may be wanted for hours, so it ends late;
   * and each at another moment, `random` in [0, 1), since their clients all come back.
   */
  tunnelMs(nowMs: number, random: number): number {
    const share = TUNNEL_SHARE + TUNNEL_SPREAD * random;
    return Math.max(this.#beginMs + this.#drainMs * share - nowMs, 0);
  }
}
