// One upstream as a worker sees it: the endpoints that answer for it in the generation in force,
// which of them are fit, whose turn it is, and how much more it may be given. Follows the endpoint
// table and the health of the endpoints when either changes.

import { limits } from '#base/limits.ts';
import { decodeEndpoints, readStamp } from '#snapshot/decode.ts';
import type { SnapshotView } from '#snapshot/view.ts';
import type { HealthWatch } from '../balance/health-watch.ts';
import { RetryBudget } from '../balance/retry-budget.ts';
import { RoundRobin } from '../balance/round-robin.ts';
import { usableEndpoints } from '../balance/usable-endpoints.ts';
import type { EndpointPool } from './endpoint-pool.ts';
import type { EndpointPools } from './endpoint-pools.ts';

export class Upstream {
  readonly #key: Uint32Array;
  readonly #pools: EndpointPools;
  readonly #health: HealthWatch;
  readonly #turn: RoundRobin;
  readonly #budget = new RetryBudget();
  #endpoints: readonly EndpointPool[] = [];
  /** Those that are not ejected. */
  #usable: readonly EndpointPool[] = [];
  /** The health that `#usable` follows from, and when an ejection in it ends. */
  #epoch = 0;
  #reviewMs = Number.POSITIVE_INFINITY;
  #active = 0;
  #generation = 0;
  #stamp = -1;

  constructor(key: Uint32Array, pools: EndpointPools, start: number) {
    this.#key = key;
    this.#pools = pools;
    this.#health = pools.health;
    this.#turn = new RoundRobin(start);
  }

  /** Takes on an exchange, to be ended by `finish`. False: enough of them are under way. */
  begin(): boolean {
    if (this.#active >= limits.exchangesPerUpstreamMax) return false;
    this.#active += 1;
    this.#budget.earn();
    return true;
  }

  finish(): void {
    this.#active -= 1;
  }

  /** Whether a request may be sent again; it then counts as a retry. */
  mayRetry(): boolean {
    return this.#budget.spend(this.#health.nowMs);
  }

  /**
   * The endpoint whose turn it is in the generation that `view` has adopted; null when there is
   * none.
   */
  pick(view: SnapshotView): EndpointPool | null {
    if (this.#generation !== view.generation) this.#follow(view);
    const { epoch, nowMs } = this.#health;
    if (this.#epoch !== epoch || nowMs >= this.#reviewMs) this.#review();
    const usable = this.#usable;
    return usable.length === 0 ? null : usable[this.#turn.next(usable.length)]!;
  }

  /** The upstream is needed no more. */
  forget(): void {
    for (const endpoint of this.#endpoints) endpoint.unlist();
    this.#endpoints = this.#usable = [];
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
    this.#review();
  }

  /** Runs when some endpoint anywhere was ejected or is back, so about never. */
  #review(): void {
    this.#epoch = this.#health.epoch;
    this.#reviewMs = Number.POSITIVE_INFINITY;
    this.#usable = this.#endpoints;
    if (this.#epoch === 0) return;
    const untilMs = this.#endpoints.map((endpoint) => endpoint.ejectedUntilMs());
    for (const until of untilMs) if (until > 0 && until < this.#reviewMs) this.#reviewMs = until;
    this.#usable = usableEndpoints(this.#endpoints, untilMs);
  }

  #pooled(view: SnapshotView, record: number): EndpointPool[] {
    const { endpoints, transport } = decodeEndpoints(view.memory, record);
    // A transport goes with its last pool, so none is made for no pool.
    if (endpoints.length === 0) return [];
    const how = this.#pools.transport(transport);
    return endpoints.map(({ address, port }) => this.#pools.pool(address, port, how));
  }
}
