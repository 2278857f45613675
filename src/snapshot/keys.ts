// The content keys by which the records of a snapshot, the counters and the metrics name things.

import { contentKey } from '#base/hash.ts';

export interface RouteName {
  /** The virtual host's name: `shop.example`, `*.example`, `*`, or `` for the default route. */
  readonly host: string;
  readonly type: 'Exact' | 'Prefix';
  readonly path: string;
}

/** The key of a route: the same while host, type and path are, whatever the route leads to. */
export function routeKey({ host, type, path }: RouteName): Uint32Array {
  return contentKey(`${host}\0${type}\0${path}`);
}

/** The key of an upstream, by which routes refer to it. */
export function upstreamKey(name: string): Uint32Array {
  return contentKey(name);
}

/** Two words that change when an upstream's endpoints change. */
export function endpointsStamp(
  endpoints: readonly { readonly address: string; readonly port: number }[],
): Uint32Array {
  const text = endpoints.map(({ address, port }) => `${address} ${port}`).join('\n');
  return contentKey(text).slice(0, 2);
}
