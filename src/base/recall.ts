// Remembers results round by round, so that to compute all of them again costs what has changed. A
// result is taken over while what it was made from are the very same objects; these are immutable,
// so who asks cannot tell a remembered result from a fresh one.

interface Entry<Value> {
  readonly sources: readonly unknown[];
  readonly value: Value;
  /** The last round that asked for it. */
  round: number;
}

/** For what is made from its key alone. */
export const KEY_ALONE: readonly unknown[] = [];

export class Recall<Key, Value> {
  readonly #entries = new Map<Key, Entry<Value>>();
  #round = 0;

  /** The value for `key`: what `make` returned last if its sources were these, else a fresh one. */
  take(key: Key, sources: readonly unknown[], make: () => Value): Value {
    const known = this.#entries.get(key);
    if (known !== undefined && areSame(known.sources, sources)) {
      known.round = this.#round;
      return known.value;
    }
    const value = make();
    this.#entries.set(key, { sources, value, round: this.#round });
    return value;
  }

  /** Ends a round: what nobody asked for in it is forgotten, so no more is kept than is in use. */
  endRound(): void {
    for (const [key, { round }] of this.#entries) {
      if (round !== this.#round) this.#entries.delete(key);
    }
    this.#round += 1;
  }
}

function areSame(before: readonly unknown[], after: readonly unknown[]): boolean {
  return before.length === after.length && before.every((one, index) => one === after[index]);
}
