// Routes that stay as they are while pods come and go: with their certificates, and with the way in
// which their upstreams are spoken to, whatever the objects have come to say meanwhile.

import { isDeepStrictEqual } from 'node:util';
import { findInList } from '#base/sorted-list.ts';
import type { EndpointPlan, Upstream } from '#plan/endpoint-plan.ts';
import type { Plans } from './compile-change.ts';

export class FixedRoutes {
  readonly #fixed: Plans;
  /** What has not changed is the very same piece each time. */
  readonly #made = new WeakMap<readonly Upstream[], readonly Upstream[]>();

  constructor(fixed: Plans) {
    this.#fixed = fixed;
  }

  plansWith({ upstreams }: EndpointPlan): Plans {
    const pieces = upstreams.pieces.map((piece) => this.#fixedPiece(piece));
    return { ...this.#fixed, endpoints: { upstreams: { ...upstreams, pieces } } };
  }

  #fixedPiece(piece: readonly Upstream[]): readonly Upstream[] {
    const known = this.#made.get(piece);
    if (known !== undefined) return known;
    const made = piece.map((upstream) => this.#fixedUpstream(upstream));
    this.#made.set(piece, made);
    return made;
  }

  #fixedUpstream(upstream: Upstream): Upstream {
    const { upstreams } = this.#fixed.endpoints;
    const { transport } = findInList(upstreams, upstream.name, ({ name }) => name) ?? upstream;
    return isDeepStrictEqual(transport, upstream.transport) ? upstream : { ...upstream, transport };
  }
}
