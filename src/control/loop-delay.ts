// How late the event loop of this thread comes to what is due: a timer looks all the time, and what
// it found is counted in buckets, as metrics want it. It does not know what the loop was busy with.

import { limits } from '#base/limits.ts';

/** Upper bounds of the buckets; what is later than the last counts beyond them. */
export const LOOP_DELAY_BOUNDS_MS: readonly number[] = [
  5, 10, 20, 30, 50, 75, 100, 150, 250, 500, 1_000,
];

export interface LoopDelays {
  /** One count for each bound, and one for what is beyond; not cumulative. */
  readonly counts: readonly number[];
  readonly sumMs: number;
}

export class LoopDelay implements Disposable {
  readonly #counts: number[] = [...LOOP_DELAY_BOUNDS_MS, Number.POSITIVE_INFINITY].map(() => 0);
  readonly #timer: NodeJS.Timeout;
  #sumMs = 0;
  #lookedAtMs = performance.now();

  constructor() {
    this.#timer = setInterval(() => this.#look(), limits.loopDelayLookMs).unref();
  }

  /** Since the start, the delay under way too. */
  read(): LoopDelays {
    this.#look();
    return { counts: [...this.#counts], sumMs: this.#sumMs };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const nowMs = performance.now();
    const lateMs = Math.max(0, nowMs - this.#lookedAtMs - limits.loopDelayLookMs);
    this.#lookedAtMs = nowMs;
    const bucket = LOOP_DELAY_BOUNDS_MS.findIndex((boundMs) => lateMs <= boundMs);
    const index = bucket === -1 ? LOOP_DELAY_BOUNDS_MS.length : bucket;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sumMs += lateMs;
  }
}
