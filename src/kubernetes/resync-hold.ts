// When to tell of a change while the API server comes back: its watches return one after another,
// some of them list again, and a table made in between would have routes whose endpoints are still
// to come. A pure decision that takes the time as an argument.

import { limits } from '#base/limits.ts';

export class ResyncHold {
  /** Until when the others are waited for at the latest; null while nobody is. */
  #endMs: number | null = null;
  /** Since when all are back; null while one of them is not. */
  #wholeAtMs: number | null = null;

  /** A watch is answered again; `isWhole` if none is left that knows less than the server. */
  answered(isWhole: boolean, nowMs: number): void {
    if (!this.#isOpen(nowMs)) {
      this.#endMs = isWhole ? null : nowMs + limits.resyncHoldMs;
      this.#wholeAtMs = null;
    }
    this.reconsider(isWhole, nowMs);
  }

  /** The same may be so, or no longer, for another reason: that begins no wait. */
  reconsider(isWhole: boolean, nowMs: number): void {
    if (!this.#isOpen(nowMs)) return;
    this.#wholeAtMs = isWhole ? (this.#wholeAtMs ?? nowMs) : null;
  }

  /** For how long a change of this moment is kept back. */
  waitMs(nowMs: number): number {
    if (this.#endMs === null) return 0;
    // What the last of them has missed is on its way with its answer.
    const settledAtMs = (this.#wholeAtMs ?? this.#endMs) + limits.resyncSettleMs;
    return Math.max(0, Math.min(this.#endMs, settledAtMs) - nowMs);
  }

  #isOpen(nowMs: number): boolean {
    return this.#endMs !== null && nowMs < this.#endMs;
  }
}
