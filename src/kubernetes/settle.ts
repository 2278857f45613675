// When to look at what is being written: some time after its last event, and not too long after
// its first. Pure; the time is given.

import { limits } from '#base/limits.ts';

interface Times {
  readonly firstMs: number;
  readonly lastMs: number;
}

export class Settle {
  readonly #times = new Map<string, Times>();

  /** Takes note of an event for `key`. */
  note(key: string, nowMs: number): void {
    const firstMs = this.#times.get(key)?.firstMs ?? nowMs;
    this.#times.set(key, { firstMs, lastMs: nowMs });
  }

  has(key: string): boolean {
    return this.#times.has(key);
  }

  get size(): number {
    return this.#times.size;
  }

  /** When the next key is due; null where there is none. */
  dueMs(): number | null {
    let due: number | null = null;
    for (const times of this.#times.values()) due = Math.min(due ?? Infinity, dueOf(times));
    return due;
  }

  /** The keys that are due, which are forgotten. */
  take(nowMs: number): string[] {
    const due = [...this.#times].filter(([, times]) => dueOf(times) <= nowMs).map(([key]) => key);
    for (const key of due) this.#times.delete(key);
    return due;
  }

  clear(): void {
    this.#times.clear();
  }
}

function dueOf({ firstMs, lastMs }: Times): number {
  return Math.min(lastMs + limits.manifestSettleMs, firstMs + limits.manifestSettleMaxMs);
}
