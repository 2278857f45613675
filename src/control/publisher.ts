// Owner of the arena: puts each generation into it, publishes it by one atomic store, and takes
// back the memory of older ones, once every worker has passed them and nobody can go back to them.
// It does no I/O and knows neither plans nor threads; the control block is its only partner.
//
//   publish(n) ──▶ place what is fresh, verify, link ──▶ control.publish(root)
//                                                                │
//   free ◀── every worker's SEEN >= n ◀── retired ◀── not kept ◀── what n-1 used and n does not
//
// To go back to generation k is to publish n on the base of k: a root of its own over the parts of
// k. Numbers only grow, so SEEN >= n means that whatever was retired at n is not read.
//
// One worker may have a generation of its own for a while, the canary. It forks off the generation
// in force, which is kept meanwhile, and has a share in those extents, and some of its own.

import { present } from '#base/assert.ts';
import { limits } from '#base/limits.ts';
import { finish, type Sliced } from '#base/sliced.ts';
import type { ControlBlock } from '#protocol/control-block.ts';
import type { Arena } from '#snapshot/arena.ts';
import { ROOT_BYTES } from '#snapshot/layout.ts';
import { type Change, isEmptyChange, NO_CHANGE } from './change.ts';
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
  /** A kept generation, or the canary, that the change is of; null for the one in force. */
  readonly base: number | 'canary' | null;
}

interface Canary {
  readonly generation: number;
  readonly placement: Placement;
  /** The kept generation that it forked off. */
  readonly fork: number;
  /** It is kept for nothing else. */
  readonly isForkOwn: boolean;
  /** From there: what it uses no more, and what it alone uses. */
  readonly left: Set<number>;
  readonly fresh: Set<number>;
  /** An extent as large as a root, given back when there has to be one. */
  readonly reserve: number;
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
  /** The number given last: that of the canary may be greater than that of the one in force. */
  #lastNumber = 0;
  #canary: Canary | null = null;
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

  /** The generation that one worker has of its own; null for none. */
  get canary(): number | null {
    return this.#canary?.generation ?? null;
  }

  /** Those that can be gone back to, oldest first. */
  get keptGenerations(): readonly number[] {
    const canary = this.#canary;
    const { generations } = this.#kept;
    return canary?.isForkOwn ? generations.filter((one) => one !== canary.fork) : generations;
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
    // What the canary forked off must stay the last that is kept.
    if (base !== 'canary' && (isKept || base !== null)) this.withdrawCanary();
    this.reclaim();
    const placed = yield* this.#place(change, this.#baseOf(base), base);
    if (placed === null) return 'arenaFull';
    this.#putInForce(placed, base);
    if (base === 'canary') {
      const canary = present(this.#canary, 'a base is there');
      this.#arena.free(canary.reserve);
      this.#endCanary(canary);
    }
    if (isKept || base !== null) this.#keep(placed.placement);
    this.reclaim();
    return 'published';
  }

  /**
   * Gives a worker the generation in force, or the canary that it has, with a change. All others
   * stay with the one in force, whose endpoints may change meanwhile, and nothing else.
   */
  *publishCanary(change: Change, worker: number): Sliced<PublishResult> {
    if (this.#canary !== null && isEmptyChange(change)) return 'unchanged';
    this.reclaim();
    const before = this.#canary;
    const canary = before ?? this.#fork();
    if (canary === null) return 'arenaFull';
    this.#canary = canary;
    const placed = yield* this.#place(change, canary.placement, null);
    if (placed === null) {
      this.#canary = before;
      if (before === null) {
        this.#arena.free(canary.reserve);
        this.#endCanary(canary);
      }
      return 'arenaFull';
    }
    this.#lastNumber += 1;
    this.#control.publishCanary(worker, placed.placement.root);
    this.#retire(this.#moveCanary(canary, placed));
    this.#canary = { ...canary, generation: this.#lastNumber, placement: placed.placement };
    this.reclaim();
    return 'published';
  }

  /**
   * The worker serves what the others do: what is in force, as another generation, so that its
   * acknowledgement tells that it has left the canary.
   */
  withdrawCanary(): void {
    const canary = this.#canary;
    if (canary === null) return;
    this.#arena.free(canary.reserve);
    const placed = finish(this.#place(NO_CHANGE, this.#current, null));
    this.#putInForce(present(placed, 'there is room for what was reserved'), null);
    this.#endCanary(canary);
    this.#retire([...canary.fresh]);
  }

  /** The oldest that can be gone back to no longer can. */
  forgetOldest(): void {
    this.#retire(this.#kept.dropOldest());
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
  *#place(
    change: Change,
    before: Placement | null,
    base: PublishOptions['base'],
  ): Sliced<Placed | null> {
    const generation = this.#lastNumber + 1;
    const options = { arena: this.#arena, seed: this.#seed, generation, before };
    for (;;) {
      const placed = yield* place(change, options);
      if (placed !== null || !this.#makeRoom(base)) return placed;
    }
  }

  #putInForce(placed: Placed, base: PublishOptions['base']): void {
    this.#control.publish(placed.placement.root);
    this.#lastNumber += 1;
    this.#generation = this.#lastNumber;
    this.#current = placed.placement;
    this.#retire(this.#kept.advance(this.#moveFrom(base, placed)));
  }

  #baseOf(base: PublishOptions['base']): Placement | null {
    if (base === null) return this.#current;
    const placement = base === 'canary' ? this.#canary?.placement : this.#kept.placement(base);
    return present(placement, 'a base is kept');
  }

  /** False if there is nothing to let go of. */
  #makeRoom(base: PublishOptions['base']): boolean {
    for (;;) {
      const [oldest] = this.#kept.generations;
      const isNeeded = oldest === base || oldest === this.#canary?.fork;
      if (oldest === undefined || isNeeded) return false;
      this.#retire(this.#kept.dropOldest(), this.#generation);
      if (this.reclaim()) return true;
    }
  }

  #moveFrom(base: PublishOptions['base'], placed: Placed): Move {
    if (base === null) return placed;
    const canary = base === 'canary' ? this.#canary : null;
    if (canary !== null) this.#retire(this.#moveCanary(canary, placed));
    const { left, fresh } = canary ?? placed;
    const way = this.#kept.wayBackTo(canary?.fork ?? Number(base));
    for (const offset of left) if (!way.fresh.delete(offset)) way.left.add(offset);
    return { left: way.left, fresh: way.fresh.union(new Set(fresh)) };
  }

  /** Null if there is no room. */
  #fork(): Canary | null {
    const placement = present(this.#current, 'something is in force');
    const reserve = this.#arena.allocate(ROOT_BYTES);
    if (reserve === 0) return null;
    const fork = this.#generation;
    const isForkOwn = this.#kept.placement(fork) === null;
    if (isForkOwn) this.#kept.keep(fork, placement);
    const [left, fresh] = [new Set<number>(), new Set<number>()];
    return { generation: fork, placement, fork, isForkOwn, left, fresh, reserve };
  }

  /** Gives the extents that the canary alone used, and uses no more. */
  #moveCanary(canary: Canary, { left, fresh }: Placed): readonly number[] {
    const unneeded: number[] = [];
    for (const offset of left) {
      if (canary.fresh.delete(offset)) unneeded.push(offset);
      else canary.left.add(offset);
    }
    for (const offset of fresh) canary.fresh.add(offset);
    return unneeded;
  }

  #endCanary({ isForkOwn }: Canary): void {
    this.#canary = null;
    this.#control.endCanary();
    if (isForkOwn) this.#retire(this.#kept.dropYoungest());
  }

  #keep(placement: Placement): void {
    this.#kept.keep(this.#generation, placement);
    while (this.#kept.generations.length > limits.keptGenerationsMax) {
      this.forgetOldest();
    }
  }

  #retire(offsets: readonly number[], generation = this.#lastNumber): void {
    if (offsets.length > 0) this.#retired.push({ generation, offsets });
  }

  /** The generation that every worker has adopted; one without a thread reads nothing at all. */
  #passedGeneration(): number {
    let passed = this.#lastNumber;
    for (let worker = 0; worker < this.#control.capacity; worker += 1) {
      passed = Math.min(passed, this.#control.seen(worker) ?? passed);
    }
    return passed;
  }
}
