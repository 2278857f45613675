// A generation that was gone back to: its routes, its certificates and how its upstreams are spoken
// to stay in force whatever the objects say, until it is let go. Its pods come and go as ever.

import { isDeepStrictEqual } from 'node:util';
import type { Problem } from '#base/problem.ts';
import { findInList } from '#base/sorted-list.ts';
import type { EndpointPlan, Upstream } from '#plan/endpoint-plan.ts';
import type { Plans } from './compile-change.ts';
import type { GenerationRecord } from './generation-history.ts';

export class Pin {
  readonly record: GenerationRecord;
  /** What has not changed is the very same piece each time. */
  readonly #made = new WeakMap<readonly Upstream[], readonly Upstream[]>();

  constructor(record: GenerationRecord) {
    this.record = record;
  }

  get problem(): Problem {
    const { generation } = this.record;
    return {
      object: null,
      field: '',
      reason: 'RoutesPinned',
      message: `the routes and certificates are those of generation ${generation} until a resume`,
      position: null,
    };
  }

  /** Its routes and certificates with these endpoints. */
  plans(endpoints: EndpointPlan): Plans {
    const pieces = endpoints.upstreams.pieces.map((piece) => this.#pinnedPiece(piece));
    return { ...this.record.plans, endpoints: { upstreams: { ...endpoints.upstreams, pieces } } };
  }

  #pinnedPiece(piece: readonly Upstream[]): readonly Upstream[] {
    const known = this.#made.get(piece);
    if (known !== undefined) return known;
    const pinned = piece.map((upstream) => this.#pinned(upstream));
    this.#made.set(piece, pinned);
    return pinned;
  }

  #pinned(upstream: Upstream): Upstream {
    const { upstreams } = this.record.plans.endpoints;
    const { transport } = findInList(upstreams, upstream.name, ({ name }) => name) ?? upstream;
    return isDeepStrictEqual(transport, upstream.transport) ? upstream : { ...upstream, transport };
  }
}
