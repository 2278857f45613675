// The intermediate representation of endpoints: which addresses answer for each upstream. It
// changes with every pod and is therefore kept apart from the routes, which it never touches.

export interface EndpointPlan {
  /** Sorted by name, each name once. Every upstream named in the routing plan is here. */
  readonly upstreams: readonly Upstream[];
}

export interface Upstream {
  /** `namespace/service:port`, as in `WeightedUpstream`. */
  readonly name: string;
  /** Sorted by address, then port; without duplicates. Empty: requests get 503. */
  readonly endpoints: readonly Endpoint[];
  /** Set for a Service of type ExternalName: the endpoints are the addresses of this DNS name. */
  readonly externalName: ExternalName | null;
}

export interface Endpoint {
  /** An IPv4 or IPv6 address in its canonical text form, without brackets. */
  readonly address: string;
  readonly port: number;
}

export interface ExternalName {
  readonly host: string;
  readonly port: number;
}
