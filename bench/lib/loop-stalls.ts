// How long the event loop of this thread is not come back to: the longest time between two ticks of
// a timer that is due at each millisecond.

const TICK_MS = 1;

export class LoopStalls implements Disposable {
  readonly #timer = setInterval(() => this.#tick(), TICK_MS);
  #tickedAt = performance.now();
  #longestMs = 0;

  /** The longest since this was last asked, the one under way too. */
  takeLongestMs(): number {
    this.#tick();
    const longest = this.#longestMs;
    this.#longestMs = 0;
    return longest;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = performance.now();
    this.#longestMs = Math.max(this.#longestMs, now - this.#tickedAt);
    this.#tickedAt = now;
  }
}
