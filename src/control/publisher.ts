// Owner of the arena: puts each generation into it, publishes it by one atomic store, and takes
// back the memory of older ones once every worker has passed them. It does no I/O and knows neither
// plans nor threads; the control block is its only partner.
//
//   publish(n) ──▶ place what is fresh, verify, link ──▶ control.publish(root)
//                                                                │
//   free ◀── every worker's SEEN >= n ◀── retired: what n-1 used and n does not

import type { Sliced } from '#base/sliced.ts';
import type { ControlBlock } from '#protocol/control-block.ts';
import type { Arena } from '#snapshot/arena.ts';
import { type Change, isEmptyChange } from './change.ts';
import { type Placement, place } from './placement.ts';

/** `unchanged`: there was nothing to do. `arenaFull`: the generation in force stays. */
export type PublishResult = 'published' | 'unchanged' | 'arenaFull';

export interface PublisherOptions {
  readonly arena: Arena;
  readonly control: ControlBlock;
  /** The seed with which every section is compiled. */
  readonly seed: number;
}

interface Retired {
  /** The first generation that does not use the memory. */
  readonly generation: number;
  readonly offsets: readonly number[];
}

export class Publisher {
  readonly #arena: Arena;
  readonly #control: ControlBlock;
  readonly #seed: number;
  #generation = 0;
  #current: Placement | null = null;
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

  /**
   * Puts a change of the generation in force into force. Until it does, at the end, nobody sees
   * anything of it. One at a time.
   */
  *publish(change: Change): Sliced<PublishResult> {
    if (this.#generation > 0 && isEmptyChange(change)) return 'unchanged';
    this.reclaim();
    const generation = this.#generation + 1;
    const before = this.#current;
    const options = { arena: this.#arena, seed: this.#seed, generation, before };
    const placed = yield* place(change, options);
    if (placed === null) return 'arenaFull';
    this.#control.publish(placed.placement.root);
    this.#generation = generation;
    this.#current = placed.placement;
    this.#retired.push({ generation, offsets: placed.left });
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

  /** The generation that every worker has adopted; one without a thread reads nothing at all. */
  #passedGeneration(): number {
    let passed = this.#generation;
    for (let worker = 0; worker < this.#control.workerCount; worker += 1) {
      passed = Math.min(passed, this.#control.seen(worker) ?? passed);
    }
    return passed;
  }
}
