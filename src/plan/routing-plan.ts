// The intermediate representation of routing: plain readonly data that can be printed, compared
// and compiled. It does not know where it came from beyond the name of the source object.

import type { ObjectRef } from '#base/problem.ts';
import { EMPTY_LIST, type SortedList } from '#base/sorted-list.ts';

export interface RoutingPlan {
  /** By host. */
  readonly virtualHosts: SortedList<VirtualHost>;
  /** Answers what no virtual host answers. Null: such requests get 404. */
  readonly defaultRoute: Route | null;
}

export const NO_ROUTES: RoutingPlan = { virtualHosts: EMPTY_LIST, defaultRoute: null };

/** All routes of one host name. */
export interface VirtualHost extends Admission {
  /** Lower case: `shop.example`, `*.example` (exactly one more label), or `*` (any other host). */
  readonly host: string;
  /**
   * Sorted by `comparePrecedence`: the first that matches a path is the answer. If none does, the
   * default route answers, and no other host's route.
   */
  readonly routes: readonly Route[];
}

/** What is asked of the connections over TLS that come for a virtual host. */
export interface Admission {
  /** What clients show of themselves; null for nothing. */
  readonly clientRules: ClientRules | null;
  /** The upstream that they are passed through to, unopened; null for none. */
  readonly passthrough: string | null;
}

/** Nothing. */
export const ADMITS_ANY: Admission = { clientRules: null, passthrough: null };

/** Which certificates the clients of a virtual host show. */
export interface ClientRules {
  /** Without a good certificate an `optional` request is served all the same. */
  readonly mode: 'optional' | 'required';
  /** Who may vouch for clients, in PEM; empty for nobody. */
  readonly authorities: string;
}

export interface Route {
  readonly match: PathMatch;
  /** Applied in order, each type once. */
  readonly filters: readonly Filter[];
  readonly upstreams: readonly WeightedUpstream[];
  readonly source: RouteSource;
}

/** What a route does to its requests and responses. */
export type Filter =
  /** Sends a request that came without TLS to HTTPS, but for challenges of ACME (RFC 8555 8.3). */
  | { readonly type: 'httpsRedirect' }
  /** Says so in responses over TLS (RFC 6797); `value` is that of the field. */
  | { readonly type: 'strictTransportSecurity'; readonly value: string };

export interface PathMatch {
  readonly type: 'Exact' | 'Prefix';
  /** Begins with `/`. A Prefix has no trailing slash, but the prefix of all paths is `/`. */
  readonly path: string;
}

export interface WeightedUpstream {
  /**
   * `namespace/service:port`, where port is a number or a name, as the object wrote it. A backend
   * that is no Service is `namespace/Kind/name`, and never has endpoints.
   */
  readonly name: string;
  readonly weight: number;
}

export interface RouteSource {
  /** The object that asked for the route; null for the global default backend. */
  readonly object: ObjectRef | null;
  /** Path inside the object, such as `spec.rules[0].http.paths[1]`. */
  readonly field: string;
}
