// From the two plans to the parts of a generation. Only what the generation in force does not hold
// is compiled: virtual hosts in the pool, upstreams here, because a record of a few addresses is
// written sooner than sent.

import { contentDigest } from '#base/hash.ts';
import { compileUpstream } from '#compile/compile-endpoints.ts';
import { compileRoute } from '#compile/compile-route.ts';
import type { EndpointPlan, Upstream } from '#plan/endpoint-plan.ts';
import type { Route, RoutingPlan, VirtualHost } from '#plan/routing-plan.ts';
import type { Content, Part } from './content.ts';

export interface CompileOptions {
  /** Whether a part with this key is in force already. */
  readonly holds: (key: string) => boolean;
  /** One section per virtual host, in order. */
  readonly compile: (hosts: readonly VirtualHost[]) => Promise<readonly Uint8Array[]>;
}

export async function compileContent(
  routes: RoutingPlan,
  endpoints: EndpointPlan,
  { holds, compile }: CompileOptions,
): Promise<Content> {
  const missing = routes.virtualHosts.filter((host) => !holds(sectionKey(host)));
  const compiled = await compile(missing);
  const sections = new Map(missing.map((host, index) => [host, compiled[index] ?? null]));
  const sectionPart = (host: VirtualHost): Part => ({
    key: sectionKey(host),
    bytes: sections.get(host) ?? null,
  });
  const anyHost = routes.virtualHosts.find(({ host }) => host === '*');
  return {
    hosts: routes.virtualHosts.filter((host) => host !== anyHost).map(sectionPart),
    anyHost: anyHost === undefined ? null : sectionPart(anyHost),
    defaultRoute: routes.defaultRoute === null ? null : routePart(routes.defaultRoute, holds),
    upstreams: endpoints.upstreams.map((upstream) => upstreamPart(upstream, holds)),
  };
}

// Plans are readonly, and most of each is the same objects as in the one before. Keys remembered by
// object spare a rebuild one hash for each host that has not changed: 10 ms for 1,000 hosts.
const sectionKey = keyed((host: VirtualHost) => contentDigest(JSON.stringify(host)));

// The text itself is the key: an upstream is small, and text is compared faster than hashed.
const upstreamKey = keyed(({ name, endpoints }: Upstream) => {
  const addresses = endpoints.map(({ address, port }) => `${address} ${port}`);
  return `upstream ${name} ${addresses.join(' ')}`;
});

function keyed<T extends object>(keyOf: (part: T) => string): (part: T) => string {
  const keys = new WeakMap<T, string>();
  return (part) => {
    const known = keys.get(part);
    if (known !== undefined) return known;
    const key = keyOf(part);
    keys.set(part, key);
    return key;
  };
}

function routePart(route: Route, holds: CompileOptions['holds']): Part {
  const key = `default route ${JSON.stringify(route)}`;
  return { key, bytes: holds(key) ? null : compileRoute('', route) };
}

function upstreamPart(upstream: Upstream, holds: CompileOptions['holds']): Part {
  const key = upstreamKey(upstream);
  return { key, bytes: holds(key) ? null : compileUpstream(upstream) };
}
