// Owner of the arena: puts each generation into it, publishes it by one atomic store, and takes
// back the memory of older ones, once every worker has passed them and nobody can go back to them.
// It does no I/O and knows neither plans nor threads; the control block is its only partner.
//
//   publish(n) ──▶ place what is fresh, verify, link ──▶ control.publish(root)
//                                                                │
//   free ◀── every worker's SEEN >= n ◀── retired ◀── not kept ◀── what n-1 used and n does not
//
// To go back to generation k is to publish n on the base of k: a root of its own over the parts of
// k. Numbers only grow, so SEEN >= n always means that nothing older than n is read.

import { present } from '#base/assert.ts';
import { limits } from '#base/limits.ts';
import type { Sliced } from '#base/sliced.ts';
import type { ControlBlock } from '#protocol/control-block.ts';
import type { Arena } from '#snapshot/arena.ts';
import { type Change, isEmptyChange } from './change.ts';
import { KeptMemory, type Move } from './kept-memory.ts';
import { type Placed, type Placement, place } from './placement.ts';

/** `unchanged`: there was nothing to do. `arenaFull`: the generation in force stays. */
export type PublishResult = 'published' | 'unchanged' | 'arenaFull';

export interface PublisherOptions {
  readonly arena: Arena;
  readonly control: ControlBlock;
  /** The seed with which every section is compiled. */
  readonly seed: number;
}

export interface PublishOptions {
  /** The generation can be gone back to, while it is among the last that can. */
  readonly isKept: boolean;
  /** A kept generation that the change is of; null for the one in force. */
  readonly base: number | null;
}

interface Retired {
  /** Whoever has adopted this generation reads the memory no more. */
  readonly generation: number;
  readonly offsets: readonly number[];
}

export class Publisher {
  readonly #arena: Arena;
  readonly #control: ControlBlock;
  readonly #seed: number;
  #generation = 0;
  #current: Placement | null = null;
  readonly #kept = new KeptMemory<Placement>();
  /** Oldest first. What it can hold is bounded by the arena. */
  #retired: Retired[] = [];

  constructor({ arena, control, seed }: PublisherOptions) {
    this.#arena = arena;
    this.#control = control;
    this.#seed = seed;
  }

  /** The generation in force; 0 before the first. */
  get generation(): number {
    return this.#generation;
  }

  /** Those that can be gone back to, oldest first. */
  get keptGenerations(): readonly number[] {
    return this.#kept.generations;
  }

  /**
   * Puts a change of the generation in force, or of a kept one, into force. Until it does, at the
   * end, nobody sees anything of it. One at a time.
   */
  *publish(
    change: Change,
    { isKept, base }: PublishOptions = { isKept: false, base: null },
  ): Sliced<PublishResult> {
    if (this.#generation > 0 && base === null && isEmptyChange(change)) return 'unchanged';
    this.reclaim();
    const generation = this.#generation + 1;
    const placed = yield* this.#place(change, base, generation);
    if (placed === null) return 'arenaFull';
    this.#control.publish(placed.placement.root);
    this.#generation = generation;
    this.#current = placed.placement;
    this.#retire(this.#kept.advance(base === null ? placed : this.#moveFrom(base, placed)));
    if (isKept || base !== null) this.#keep(placed.placement);
    this.reclaim();
    return 'published';
  }

  /** Frees what no worker can read any more. True if there was anything. */
  reclaim(): boolean {
    const passed = this.#passedGeneration();
    let freedCount = 0;
    for (const { generation, offsets } of this.#retired) {
      if (generation > passed) break;
      for (const offset of offsets) this.#arena.free(offset);
      freedCount += 1;
    }
    this.#retired = this.#retired.slice(freedCount);
    return freedCount > 0;
  }

  /** Kept generations are let go, the oldest first, for as long as that may make room. */
  *#place(change: Change, base: number | null, generation: number): Sliced<Placed | null> {
    const before = base === null ? this.#current : this.#baseOf(base);
    const options = { arena: this.#arena, seed: this.#seed, generation, before };
    for (;;) {
      const placed = yield* place(change, options);
      if (placed !== null || !this.#makeRoom(base)) return placed;
    }
  }

  #baseOf(generation: number): Placement {
    return present(this.#kept.placement(generation), 'a base is kept');
  }

  /** False if there is nothing to let go of. */
  #makeRoom(base: number | null): boolean {
    for (;;) {
      const [oldest] = this.#kept.generations;
      if (oldest === undefined || oldest === base) return false;
      this.#retire(this.#kept.dropOldest());
      if (this.reclaim()) return true;
    }
  }

  #moveFrom(base: number, { left, fresh }: Placed): Move {
    const way = this.#kept.wayBackTo(base);
    for (const offset of left) if (!way.fresh.delete(offset)) way.left.add(offset);
    return { left: way.left, fresh: way.fresh.union(new Set(fresh)) };
  }

  #keep(placement: Placement): void {
    this.#kept.keep(this.#generation, placement);
    const { length } = this.#kept.generations;
    if (length > limits.keptGenerationsMax) this.#retire(this.#kept.dropOldest());
  }

  #retire(offsets: readonly number[]): void {
    if (offsets.length > 0) this.#retired.push({ generation: this.#generation, offsets });
  }

  /** The generation that every worker has adopted; one without a thread reads nothing at all. */
  #passedGeneration(): number {
    let passed = this.#generation;
    for (let worker = 0; worker < this.#control.capacity; worker += 1) {
      passed = Math.min(passed, this.#control.seen(worker) ?? passed);
    }
    return passed;
  }
}
