// The route phase: which route answers a request, by the snapshot in force. Records are decoded
// once per generation, when a request first meets them; a lookup itself allocates nothing.

import { formatKey } from '#base/hash.ts';
import { limits } from '#base/limits.ts';
import type { WorkerCounters } from '#protocol/worker-counters.ts';
import { decodeClientRules, decodePassthrough } from '#snapshot/admission-records.ts';
import { decodeRoute } from '#snapshot/decode.ts';
import { routeKey } from '#snapshot/keys.ts';
import type { SnapshotView } from '#snapshot/view.ts';
import { UNASKED } from '../client-identity.ts';
import type { RequestHead } from '../http1/request-head.ts';
import type { EndpointPools } from '../upstream/endpoint-pools.ts';
import { Upstream } from '../upstream/upstream.ts';
import { ADMITS_ALL, type Admission, admit, type Rejection } from './admit.ts';
import type { Client } from './forwarding-fields.ts';
import { type TransportRules, transportRules } from './transport.ts';

/** A route as the data plane uses it. */
export interface ActiveRoute {
  readonly upstream: Upstream;
  /** Where its responses are counted. */
  readonly counterSlot: number;
  /** What asked for it, namespace/name; null for the global default backend. */
  readonly ingress: string | null;
  readonly upstreamName: string;
  /** What it asks of the way to it; null for nothing. */
  readonly transport: TransportRules | null;
}

/** What a host asks of connections over TLS. */
export interface ActiveAdmission extends Admission {
  /** Where connections are passed through to; null if they are not. */
  readonly upstream: Upstream | null;
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
  /** By the offset of the section, for the generation in force. */
  readonly #admissions = new Map<number, ActiveAdmission>();

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
    this.#admissions.clear();
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

  /** Why a request may not take the route that was just found over its connection; or null. */
  rejection({ upstreamName }: ActiveRoute, client: Client): Rejection | null {
    const admission = this.#admission();
    if (admission === null && client.identity === UNASKED) return null;
    return admit(admission ?? ADMITS_ALL, client, upstreamName);
  }

  /** What this host asks of connections over TLS; null for nothing. */
  admissionOf(serverName: string): ActiveAdmission | null {
    this.#view.lookupHost(serverName);
    return this.#admission();
  }

  /** Of the host that was looked up last. */
  #admission(): ActiveAdmission | null {
    const section = this.#view.askingSection;
    if (section === 0) return null;
    return this.#admissions.get(section) ?? this.#activateAdmission(section);
  }

  #activateAdmission(section: number): ActiveAdmission {
    const { memory } = this.#view;
    const passthrough = decodePassthrough(memory, section);
    const admission = {
      clientRules: decodeClientRules(memory, section),
      passthrough: passthrough?.upstream ?? '',
      upstream: passthrough === null ? null : this.#upstream(passthrough.upstreamKey),
    };
    this.#admissions.set(section, admission);
    return admission;
  }

  #activate(record: number): ActiveRoute {
    const { type, path, upstreams, filters, object } = decodeRoute(this.#view.memory, record);
    const host = this.#view.hostOf(record);
    const target = upstreams[0]!;
    const route = {
      upstream: this.#upstream(target.key),
      counterSlot: this.#counters.claimRoute(routeKey({ host, type, path })),
      ingress: object === null ? null : `${object.namespace}/${object.name}`,
      upstreamName: target.name,
      transport: transportRules(filters),
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
