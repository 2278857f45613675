import { describe, expect, it } from 'vitest';
import { KeptMemory } from '#control/kept-memory.ts';
import { seededRandom } from '../support/seeded-random.ts';

describe('KeptMemory', () => {
  it.each([
    // Generation 1 uses extents 1 and 2, and may be kept; what moves then, and what is freed.
    ['an extent of no kept generation is free at once', false, [[1, 3]], [1]],
    ['an extent of a kept generation is not', true, [[1, 3]], []],
    [
      'nor is it once it was taken up again',
      true,
      [
        [1, 3],
        [3, 1],
        [1, 3],
      ],
      [3],
    ],
    [
      'what came and went since the last kept one is free',
      true,
      [
        [1, 3],
        [3, 4],
      ],
      [3],
    ],
  ] as const)('%s', (_, isKept, moves, expected) => {
    const memory = new KeptMemory<string>();
    expect(memory.advance({ left: [], fresh: [1, 2] })).toEqual([]);
    if (isKept) memory.keep(1, 'somewhere');
    const free = moves.flatMap(([left, fresh]) => memory.advance({ left: [left], fresh: [fresh] }));
    expect(free).toEqual(expected);
  });

  it('gives the way back as what is used there and not here, and the reverse', () => {
    const memory = new KeptMemory<string>();
    memory.advance({ left: [], fresh: [1, 2] });
    memory.keep(1, 'somewhere');
    memory.advance({ left: [1], fresh: [3] });
    memory.keep(2, 'somewhere');
    memory.advance({ left: [2, 3], fresh: [4] });
    expect(memory.wayBackTo(2)).toEqual({ left: new Set([4]), fresh: new Set([2, 3]) });
    expect(memory.wayBackTo(1)).toEqual({ left: new Set([4]), fresh: new Set([1, 2]) });
    expect(memory.dropOldest()).toEqual([1]);
    expect(memory.placement(1)).toBeNull();
    expect(memory.placement(2)).toBe('somewhere');
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('frees each extent once, and late enough, seed %i', (seed) => {
    const model = new Model(seed);
    for (let step = 0; step < 300; step += 1) model.step();
    model.end();
  });
});

/** The same by whole sets of extents. */
class Model {
  readonly #memory = new KeptMemory<string>();
  readonly #random;
  readonly #kept = new Map<number, ReadonlySet<number>>();
  readonly #freed = new Set<number>();
  #wasGoneBackTo = false;
  #inForce: ReadonlySet<number> = new Set();
  #nextExtent = 1;
  #generation = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  step(): void {
    const action = this.#random.below(7);
    if (action === 0) this.#drop();
    else if (action === 6) this.#dropYoungest();
    else if (action === 1 && this.#kept.size > 0) this.#goBack();
    else {
      const nothing = { left: new Set<number>(), fresh: new Set<number>() };
      this.#change(this.#inForce, nothing, { isKept: action < 4, wasGoneBackTo: false });
    }
  }

  /** All has been freed but what is in force. */
  end(): void {
    while (this.#kept.size > 0) this.#drop();
    expect(this.#freed.size).toBe(this.#nextExtent - 1 - this.#inForce.size);
  }

  #goBack(): void {
    const generation = this.#random.pick([...this.#kept.keys()]);
    const base = this.#kept.get(generation) ?? new Set();
    const way = this.#memory.wayBackTo(generation);
    expect(way.left).toEqual(this.#inForce.difference(base));
    expect(way.fresh).toEqual(base.difference(this.#inForce));
    this.#change(base, way, { isKept: true, wasGoneBackTo: true });
  }

  #change(
    base: ReadonlySet<number>,
    { left, fresh }: { readonly left: Set<number>; readonly fresh: Set<number> },
    { isKept, wasGoneBackTo }: { readonly isKept: boolean; readonly wasGoneBackTo: boolean },
  ): void {
    const next = new Set(base);
    for (const extent of base) {
      if (this.#random.below(3) > 0) continue;
      next.delete(extent);
      if (!fresh.delete(extent)) left.add(extent);
    }
    for (let count = this.#random.below(4); count > 0; count -= 1) {
      next.add(this.#nextExtent);
      fresh.add(this.#nextExtent);
      this.#nextExtent += 1;
    }
    this.#inForce = next;
    this.#free(this.#memory.advance({ left, fresh }));
    if (!isKept) return;
    this.#wasGoneBackTo = wasGoneBackTo;
    this.#generation += 1;
    this.#kept.set(this.#generation, next);
    this.#memory.keep(this.#generation, 'somewhere');
  }

  #drop(): void {
    const [oldest] = this.#kept.keys();
    if (oldest === undefined) return;
    this.#kept.delete(oldest);
    this.#free(this.#memory.dropOldest());
  }

  #dropYoungest(): void {
    const youngest = [...this.#kept.keys()].at(-1);
    if (youngest === undefined || this.#wasGoneBackTo) return;
    this.#kept.delete(youngest);
    // Whether the one before may be dropped so is not known.
    this.#wasGoneBackTo = true;
    this.#free(this.#memory.dropYoungest());
  }

  #free(extents: readonly number[]): void {
    for (const extent of extents) {
      expect(this.#freed.has(extent)).toBe(false);
      expect(this.#inForce.has(extent)).toBe(false);
      for (const used of this.#kept.values()) expect(used.has(extent)).toBe(false);
      this.#freed.add(extent);
    }
  }
}
