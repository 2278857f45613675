// A claim: one Ingress asks for one route on one host. Claims are what the rules and the default
// backends of Ingresses turn into, before it is decided which of them hold.

import type { Ingress } from '#kubernetes/resources.ts';
import type { Seniority } from '#plan/precedence.ts';
import type { PathMatch, Route, WeightedUpstream } from '#plan/routing-plan.ts';
import type { ClientCertificateWish } from './annotations/client-certificate.ts';
import { refOf } from './problems.ts';
import type { TransportPolicy } from './transport-policy.ts';

export interface Claim {
  readonly host: string;
  readonly route: Route;
  /** Who asks, for the Problem of the one who loses. */
  readonly ingress: Ingress;
}

/** All that one Ingress asks for on one host. The host is known even if that is nothing. */
export interface HostClaims extends Seniority {
  readonly host: string;
  readonly ingress: Ingress;
  readonly policy: TransportPolicy;
  /** What clients have to show of themselves; null for nothing. */
  readonly clientCertificate: ClientCertificateWish | null;
  /** Its connections over TLS are passed through: then it claims all paths, or none. */
  readonly passesThrough: boolean;
  /** The paths of its rules, in their order. */
  readonly rules: readonly Claim[];
  /** Its default backend. */
  readonly fallback: Claim | null;
  /** The default backend of its class. */
  readonly classFallback: Claim | null;
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
