// Whether the worker has more work than time, by how late its ticks come. Then no connection is
// taken on, so that those which are open are served. Pure: lateness is an argument.

import { limits } from '#base/limits.ts';

export class Overload {
  #lateTicks = 0;

  /** A tick came `lagMs` late. Returns whether the worker is overloaded. */
  observe(lagMs: number): boolean {
    this.#lateTicks = lagMs > limits.loopLagMaxMs ? this.#lateTicks + 1 : 0;
    return this.isOverloaded;
  }

  get isOverloaded(): boolean {
    return this.#lateTicks >= limits.loopLagTicksMax;
  }
}
