// One upstream as a worker sees it: the endpoints that answer for it in the generation in force,
// and whose turn it is. Follows the endpoint table when the generation changes and reads nothing
// else.

import { decodeEndpoints, readStamp } from '#snapshot/decode.ts';
import type { SnapshotView } from '#snapshot/view.ts';
import { RoundRobin } from '../balance/round-robin.ts';
import type { EndpointPool } from './endpoint-pool.ts';
import type { EndpointPools } from './endpoint-pools.ts';

export class Upstream {
  readonly #key: Uint32Array;
  readonly #pools: EndpointPools;
  readonly #turn: RoundRobin;
  #endpoints: readonly EndpointPool[] = [];
  #generation = 0;
  #stamp = -1;

  constructor(key: Uint32Array, pools: EndpointPools, start: number) {
    this.#key = key;
    this.#pools = pools;
    this.#turn = new RoundRobin(start);
  }

  /** The endpoints in the generation that `view` has adopted. */
  endpoints(view: SnapshotView): readonly EndpointPool[] {
    if (this.#generation !== view.generation) this.#follow(view);
    return this.#endpoints;
  }

  /** The endpoint whose turn it is; null when there is none. */
  pick(view: SnapshotView): EndpointPool | null {
    const endpoints = this.endpoints(view);
    return endpoints.length === 0 ? null : endpoints[this.#turn.next(endpoints.length)]!;
  }

  /** The upstream is needed no more. */
  forget(): void {
    for (const endpoint of this.#endpoints) endpoint.unlist();
    this.#endpoints = [];
  }

  #follow(view: SnapshotView): void {
    this.#generation = view.generation;
    const record = view.findUpstream(this.#key);
    const stamp = record === 0 ? -1 : readStamp(view.memory, record);
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    const before = this.#endpoints;
    this.#endpoints = record === 0 ? [] : this.#pooled(view, record);
    // Listed again before the old ones go, so that an endpoint in both keeps its connections.
    for (const endpoint of this.#endpoints) endpoint.list();
    for (const endpoint of before) endpoint.unlist();
  }

  #pooled(view: SnapshotView, record: number): EndpointPool[] {
    const { endpoints } = decodeEndpoints(view.memory, record);
    return endpoints.map(({ address, port }) => this.#pools.pool(address, port));
  }
}
