// What the clients of a run have sent, so that the upstreams can tell what must arrive. Old
// requests are forgotten, for runs that last.

import type { FuzzRequest } from './random-request.ts';

/** Far more than are ever under way. */
const REMEMBERED_MAX = 4_000;

export class SentRequests {
  readonly #requests = new Map<number, FuzzRequest>();
  readonly #arrivals = new Map<number, number>();
  lastId = 0;

  /** The id is the next one. */
  add(request: FuzzRequest): void {
    this.lastId = request.id;
    this.#requests.set(request.id, request);
    this.#requests.delete(request.id - REMEMBERED_MAX);
    this.#arrivals.delete(request.id - REMEMBERED_MAX);
  }

  get(id: number): FuzzRequest | undefined {
    return this.#requests.get(id);
  }

  /** Counts one more arrival of a request, and says how many that makes. */
  arrive(id: number): number {
    const count = (this.#arrivals.get(id) ?? 0) + 1;
    this.#arrivals.set(id, count);
    return count;
  }
}
