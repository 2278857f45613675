// A claim: one Ingress asks for one route on one host. Claims are what the rules and the default
// backends of Ingresses turn into, before it is decided which of them hold.

import type { Ingress } from '#kubernetes/resources.ts';
import type { PathMatch, Route, WeightedUpstream } from '#plan/routing-plan.ts';
import { refOf } from './problems.ts';

export interface Claim {
  readonly host: string;
  readonly route: Route;
  /** Who asks, for the Problem of the one who loses. */
  readonly ingress: Ingress;
}

export interface ClaimParts {
  readonly ingress: Ingress;
  readonly field: string;
  readonly host: string;
  readonly match: PathMatch;
  readonly upstream: WeightedUpstream;
}

export function claim({ ingress, field, host, match, upstream }: ClaimParts): Claim {
  const source = { object: refOf(ingress), field };
  return { host, ingress, route: { match, filters: [], upstreams: [upstream], source } };
}
