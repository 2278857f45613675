// The route phase: which route answers a request, by the snapshot in force. Records are decoded
// once per generation, when a request first meets them; a lookup itself allocates nothing.

import { formatKey } from '#base/hash.ts';
import { limits } from '#base/limits.ts';
import type { WorkerCounters } from '#protocol/worker-counters.ts';
import { decodeRoute } from '#snapshot/decode.ts';
import type { SnapshotView } from '#snapshot/view.ts';
import type { RequestHead } from '../http1/request-head.ts';
import type { EndpointPools } from '../upstream/endpoint-pools.ts';
import { Upstream } from '../upstream/upstream.ts';

/** A route as the data plane uses it. */
export interface ActiveRoute {
  readonly upstream: Upstream;
  /** Where its responses are counted. */
  readonly counterSlot: number;
  /** What asked for it, namespace/name; null for the global default backend. */
  readonly ingress: string | null;
  readonly upstreamName: string;
}

/** Responses to requests that no route answers are counted with those of no route. */
export const NO_ROUTE_SLOT = 0;

export class RouteTable {
  readonly #view: SnapshotView;
  readonly #counters: WorkerCounters;
  readonly #pools: EndpointPools;
  readonly #start: () => number;
  /** By the offset of the record, for the generation in force. */
  readonly #routes = new Map<number, ActiveRoute>();
  /** By key; they outlive a generation, since whose turn it is must. */
  readonly #upstreams = new Map<string, Upstream>();

  /** `start` draws the endpoint with which an upstream begins: any non-negative whole number. */
  constructor(options: {
    readonly view: SnapshotView;
    readonly counters: WorkerCounters;
    readonly pools: EndpointPools;
    readonly start: () => number;
  }) {
    this.#view = options.view;
    this.#counters = options.counters;
    this.#pools = options.pools;
    this.#start = options.start;
  }

  /** The view has adopted another generation: offsets mean something else. */
  reset(): void {
    this.#routes.clear();
    if (this.#upstreams.size <= limits.upstreamsRememberedMax) return;
    for (const upstream of this.#upstreams.values()) upstream.forget();
    this.#upstreams.clear();
  }

  find(head: RequestHead, text: string): ActiveRoute | null {
    const record = this.#view.lookup(
      text,
      head.hostStart,
      head.hostEnd,
      head.pathStart,
      head.pathEnd,
    );
    if (record === 0) return null;
    return this.#routes.get(record) ?? this.#activate(record);
  }

  #activate(record: number): ActiveRoute {
    const { key, upstreams, object } = decodeRoute(this.#view.memory, record);
    const target = upstreams[0]!;
    const route = {
      upstream: this.#upstream(target.key),
      counterSlot: this.#counters.claimRoute(key),
      ingress: object === null ? null : `${object.namespace}/${object.name}`,
      upstreamName: target.name,
    };
    this.#routes.set(record, route);
    return route;
  }

  #upstream(key: Uint32Array): Upstream {
    const name = formatKey(key);
    let upstream = this.#upstreams.get(name);
    if (upstream === undefined) {
      upstream = new Upstream(key, this.#pools, this.#start());
      this.#upstreams.set(name, upstream);
    }
    return upstream;
  }
}
