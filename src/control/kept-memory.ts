// Which memory the generations need that may be put in force again. It keeps books of offsets and
// knows neither the arena nor the workers: what nobody needs by these books may still be read.
//
//   kept 1 ──step──▶ kept 4 ──step──▶ kept 17 ──since──▶ in force
//
// A step says which extents the later one uses and the earlier one does not (added), and the
// reverse (dropped). So to keep a generation costs what has changed since, whatever its size.

/** From one generation to another: extents that the first alone uses, and the second alone. */
export interface Move {
  readonly left: Iterable<number>;
  readonly fresh: Iterable<number>;
}

interface Step {
  readonly added: Set<number>;
  readonly dropped: Set<number>;
}

interface Kept<P> {
  readonly generation: number;
  readonly placement: P;
  /** From the one kept before; empty for the oldest. */
  step: Step;
}

/** `P` says where a generation is. */
export class KeptMemory<P> {
  /** Oldest first. */
  readonly #kept: Kept<P>[] = [];
  /** From the youngest kept to the one in force. */
  #since = newStep();

  /** Oldest first. */
  get generations(): readonly number[] {
    return this.#kept.map(({ generation }) => generation);
  }

  /** Null if it is not kept. */
  placement(generation: number): P | null {
    return this.#kept.find((kept) => kept.generation === generation)?.placement ?? null;
  }

  /** Another generation is in force. Gives the extents that are no longer needed. */
  advance({ left, fresh }: Move): readonly number[] {
    // Nothing is kept that could need any of them.
    if (this.#kept.length === 0) return [...left];
    const { added, dropped } = this.#since;
    const unneeded: number[] = [];
    for (const offset of left) {
      if (added.delete(offset)) unneeded.push(offset);
      else dropped.add(offset);
    }
    for (const offset of fresh) if (!dropped.delete(offset)) added.add(offset);
    return unneeded;
  }

  /** Keeps the generation in force. One that was gone back to must be, at once. */
  keep(generation: number, placement: P): void {
    this.#kept.push({
      generation,
      placement,
      step: this.#kept.length === 0 ? newStep() : this.#since,
    });
    this.#since = newStep();
  }

  /**
   * Keeps the youngest no longer, and it was not gone back to. Gives the extents that are no longer
   * needed.
   */
  dropYoungest(): readonly number[] {
    const { dropped, added } = this.#since;
    this.#since = this.#kept.pop()?.step ?? newStep();
    return this.advance({ left: dropped, fresh: added });
  }

  /** Keeps the oldest no longer. Gives the extents that are no longer needed. */
  dropOldest(): readonly number[] {
    this.#kept.shift();
    const [oldest, ...later] = this.#kept;
    const { dropped } = oldest?.step ?? this.#since;
    if (oldest === undefined) this.#since = newStep();
    else oldest.step = newStep();
    // What a rollback has taken up again is in a later step.
    const steps = [...later.map(({ step }) => step), this.#since];
    return [...dropped].filter((offset) => !steps.some(({ added }) => added.has(offset)));
  }

  /** From the generation in force to a kept one. */
  wayBackTo(generation: number): { readonly left: Set<number>; readonly fresh: Set<number> } {
    const left = new Set<number>();
    const fresh = new Set<number>();
    const later = this.#kept.filter((kept) => kept.generation > generation);
    for (const { added, dropped } of [...later.map(({ step }) => step), this.#since].reverse()) {
      for (const offset of added) if (!fresh.delete(offset)) left.add(offset);
      for (const offset of dropped) if (!left.delete(offset)) fresh.add(offset);
    }
    return { left, fresh };
  }
}

function newStep(): Step {
  return { added: new Set(), dropped: new Set() };
}
