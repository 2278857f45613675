// When to run a costly reaction to a stream of changes: at once when nothing has happened for a
// while, once for many when they come in bursts, and never later than a bound. It decides only;
// the caller owns the clock, the timer and the work.
//
//   changes   x            x x x   x              x
//   runs      |====|           |====|             |====|
//             at once      after the quiet gap    at once

import { assert } from './assert.ts';

export interface HoldoffOptions {
  /** A gap of this length without changes ends a burst; also the least rest between two runs. */
  readonly quietMs: number;
  /** A burst that does not end is interrupted after this time. */
  readonly waitMaxMs: number;
}

/** All times are milliseconds of one monotonic clock, given by the caller. */
export class Holdoff {
  readonly #options: HoldoffOptions;
  #isRunning = false;
  #firstRequestAt: number | null = null;
  #lastRequestAt = Number.NEGATIVE_INFINITY;
  #finishedAt = Number.NEGATIVE_INFINITY;

  constructor(options: HoldoffOptions) {
    this.#options = options;
  }

  /** A change has come that a later run must cover. */
  request(now: number): void {
    this.#firstRequestAt ??= now;
    this.#lastRequestAt = now;
  }

  /** When to run, perhaps in the past; null while a run is under way or nothing is asked for. */
  dueAt(): number | null {
    const first = this.#firstRequestAt;
    if (first === null || this.#isRunning) return null;
    const { quietMs, waitMaxMs } = this.#options;
    const rested = this.#finishedAt + quietMs;
    if (first >= rested) return first;
    return Math.max(rested, Math.min(this.#lastRequestAt + quietMs, first + waitMaxMs));
  }

  /** A run begins; it covers every change requested so far. */
  started(): void {
    assert(!this.#isRunning, 'one run at a time');
    this.#isRunning = true;
    this.#firstRequestAt = null;
  }

  finished(now: number): void {
    assert(this.#isRunning, 'only a run that began can finish');
    this.#isRunning = false;
    this.#finishedAt = now;
  }
}
