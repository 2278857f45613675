// The intermediate representation of endpoints: which addresses answer for each upstream. It
// changes with every pod and is therefore kept apart from the routes, which it never touches.

import { EMPTY_LIST, type SortedList } from '#base/sorted-list.ts';

export interface EndpointPlan {
  /** By name. Every upstream named in the routing plan is here. */
  readonly upstreams: SortedList<Upstream>;
}

export const NO_ENDPOINTS: EndpointPlan = { upstreams: EMPTY_LIST };

export interface Upstream {
  /** `namespace/service:port`, as in `WeightedUpstream`. */
  readonly name: string;
  /** Sorted by address, then port; without duplicates. Empty: requests get 503. */
  readonly endpoints: readonly Endpoint[];
  /** Set for a Service of type ExternalName: the endpoints are the addresses of this DNS name. */
  readonly externalName: ExternalName | null;
  readonly transport: Transport;
}

/** How the endpoints of an upstream are spoken to. */
export interface Transport {
  /** `h2` is HTTP/2: by prior knowledge in the clear, agreed on by ALPN under TLS. */
  readonly protocol: 'http/1.1' | 'h2';
  /** Null: in the clear. */
  readonly tls: TransportTls | null;
}

export interface TransportTls {
  /** What is asked for by SNI, and what a verified certificate must name; null asks for nothing. */
  readonly serverName: string | null;
  /** Endpoints must prove who they are; needs a `serverName`. */
  readonly verifies: boolean;
  /** Who may vouch for them, in PEM; null for the authorities of the system. */
  readonly authorities: string | null;
  /** How we prove who we are; null if we do not. */
  readonly identity: TransportIdentity | null;
}

export interface TransportIdentity {
  /** A certificate and those that vouch for it, in PEM. */
  readonly chain: string;
  /** In PEM. It never reaches a log, a dump or an error. */
  readonly key: string;
}

export const PLAIN_HTTP1: Transport = { protocol: 'http/1.1', tls: null };

export interface Endpoint {
  /** An IPv4 or IPv6 address in its canonical text form, without brackets. */
  readonly address: string;
  readonly port: number;
}

export interface ExternalName {
  readonly host: string;
  readonly port: number;
}
