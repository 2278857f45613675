// Latencies of one load, in room that is reserved before it begins.

const US_PER_MS = 1_000;

export class Latencies {
  readonly #us: Uint32Array;
  #count = 0;

  constructor(countMax: number) {
    this.#us = new Uint32Array(countMax);
  }

  get count(): number {
    return this.#count;
  }

  /** What exceeds the room is not kept. */
  record(elapsedMs: number): void {
    if (this.#count === this.#us.length) return;
    this.#us[this.#count] = Math.max(0, elapsedMs * US_PER_MS);
    this.#count += 1;
  }

  /** Milliseconds, one for each fraction; 0 of nothing. */
  quantilesMs(fractions: readonly number[]): number[] {
    const sorted = this.#us.subarray(0, this.#count).sort();
    return fractions.map((fraction) => {
      const rank = Math.max(1, Math.ceil(fraction * sorted.length));
      return (sorted[rank - 1] ?? 0) / US_PER_MS;
    });
  }
}
