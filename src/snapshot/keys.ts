// The content keys by which the records of a snapshot, the counters and the metrics name things.

import { contentDigest, contentKey, formatKey } from '#base/hash.ts';

/** A key is the first half of a digest. */
const KEY_DIGITS = 32;

export interface RouteName {
  /** The virtual host's name: `shop.example`, `*.example`, `*`, or `` for the default route. */
  readonly host: string;
  readonly type: 'Exact' | 'Prefix';
  readonly path: string;
}

/** The key of a route: the same while host, type and path are, whatever the route leads to. */
export function routeKey(route: RouteName): Uint32Array {
  return contentKey(routeText(route));
}

/** The same key as `formatKey` prints it, for whoever needs no more than that; much cheaper. */
export function routeKeyText(route: RouteName): string {
  return contentDigest(routeText(route)).slice(0, KEY_DIGITS);
}

function routeText({ host, type, path }: RouteName): string {
  return `${host}\0${type}\0${path}`;
}

/** The key of an upstream, by which routes refer to it. */
export function upstreamKey(name: string): Uint32Array {
  return contentKey(name);
}

/** The same for many names of which most are equal, such as those of the routes of one host. */
export function upstreamKeys(): (name: string) => Uint32Array {
  const known = new Map<string, Uint32Array>();
  return (name) => {
    const key = known.get(name) ?? upstreamKey(name);
    known.set(name, key);
    return key;
  };
}

/** Where requests of an upstream go, and how. */
export interface Destination {
  readonly endpoints: readonly { readonly address: string; readonly port: number }[];
  readonly transport: TransportParts;
}

export interface TransportParts {
  readonly protocol: string;
  readonly tls: {
    readonly serverName: string | null;
    readonly verifies: boolean;
    readonly authorities: string | null;
    readonly identity: { readonly chain: string; readonly key: string } | null;
  } | null;
}

/** Two words that change when an upstream's endpoints or their transport change. */
export function destinationStamp({ endpoints, transport }: Destination): Uint32Array {
  const addresses = endpoints.map(({ address, port }) => `${address} ${port}`);
  return contentKey([transportText(transport), ...addresses].join('\n')).slice(0, 2);
}

/** Tells transports apart, as 32 hexadecimal digits; no secret can be had from it. */
export function transportKey(transport: TransportParts): string {
  return formatKey(contentKey(transportText(transport)));
}

function transportText({ protocol, tls }: TransportParts): string {
  if (tls === null) return protocol;
  const { serverName, verifies, authorities, identity } = tls;
  return JSON.stringify([
    protocol,
    serverName,
    verifies,
    authorities,
    identity && [identity.chain, identity.key],
  ]);
}
