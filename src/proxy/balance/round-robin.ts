// Round robin: each endpoint in turn. Every worker has a turn of its own, so each begins elsewhere;
// otherwise the first requests of all workers would meet the same pod.

export class RoundRobin {
  #turn: number;

  /** `start` is any non-negative whole number. */
  constructor(start: number) {
    this.#turn = start;
  }

  /** The index that is next among `count` (at least 1). The count may change from call to call. */
  next(count: number): number {
    const index = this.#turn % count;
    this.#turn = index + 1;
    return index;
  }
}
