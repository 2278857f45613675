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

/**
 * The key of a route: the same while host, type and path are, whatever the route leads to. It is in
 * no record: the few routes that requests find are hashed then, and not a million beforehand.
 */
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

/** Two words that change when the record of an upstream does: of all that follows them. */
export function upstreamStamp(rest: Uint8Array): Uint32Array {
  return contentKey(rest).slice(0, 2);
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
