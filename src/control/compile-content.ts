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

// A plan is readonly and is compiled again whenever a pod comes or goes. Keys remembered by virtual
// host spare that case a hash for each host, two milliseconds for 1,000 hosts.
const sectionKeys = new WeakMap<VirtualHost, string>();

function sectionKey(host: VirtualHost): string {
  const known = sectionKeys.get(host);
  if (known !== undefined) return known;
  const key = contentDigest(JSON.stringify(host));
  sectionKeys.set(host, key);
  return key;
}

function routePart(route: Route, holds: CompileOptions['holds']): Part {
  const key = `default route ${JSON.stringify(route)}`;
  return { key, bytes: holds(key) ? null : compileRoute('', route) };
}

// The text itself is the key: an upstream is small, and text is compared faster than hashed.
function upstreamPart(upstream: Upstream, holds: CompileOptions['holds']): Part {
  const endpoints = upstream.endpoints.map(({ address, port }) => `${address} ${port}`);
  const key = `upstream ${upstream.name} ${endpoints.join(' ')}`;
  return { key, bytes: holds(key) ? null : compileUpstream(upstream) };
}
