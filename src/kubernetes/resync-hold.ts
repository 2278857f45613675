// When to tell of a change while the API server comes back: its watches return one after another,
// and a table made in between would have routes whose endpoints are still to come. A pure decision
// that takes the time as an argument.

import { limits } from '#base/limits.ts';

export class ResyncHold {
  /** Until when the others are waited for; null while nobody is. */
  #untilMs: number | null = null;

  /** A watch is answered again; `isWhole` if none is left without an answer. */
  answered(isWhole: boolean, nowMs: number): void {
    const isOpen = this.#untilMs !== null && nowMs < this.#untilMs;
    // What the last of them has missed is on its way with its answer.
    if (isWhole) this.#untilMs = isOpen ? nowMs + limits.resyncSettleMs : null;
    else if (!isOpen) this.#untilMs = nowMs + limits.resyncHoldMs;
  }

  /** For how long a change of this moment is kept back. */
  waitMs(nowMs: number): number {
    return this.#untilMs === null ? 0 : Math.max(0, this.#untilMs - nowMs);
  }
}
