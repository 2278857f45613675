// From the plans in force and those that follow them to the change between the two. Only what is
// different is compiled: virtual hosts by the compile pool, upstreams here, because a record of a
// few addresses is written sooner than sent.

import { isDeepStrictEqual } from 'node:util';
import type { Sliced } from '#base/sliced.ts';
import { compareLists } from '#base/sorted-list.ts';
import { compileUpstream } from '#compile/compile-endpoints.ts';
import { compileRoute } from '#compile/compile-route.ts';
import type { EndpointPlan, Upstream } from '#plan/endpoint-plan.ts';
import type { Route, RoutingPlan, VirtualHost } from '#plan/routing-plan.ts';
import type { Change } from './change.ts';
import { runInSlices } from './run-in-slices.ts';

export interface Plans {
  readonly routes: RoutingPlan;
  readonly endpoints: EndpointPlan;
}

/** What is in force before anything is. */
export const NO_PLANS: Plans = {
  routes: { virtualHosts: [], defaultRoute: null },
  endpoints: { upstreams: [] },
};

/** One section per virtual host, in order. */
export type CompileHosts = (hosts: readonly VirtualHost[]) => Promise<readonly Uint8Array[]>;

export async function compileChange(
  before: Plans,
  after: Plans,
  compile: CompileHosts,
): Promise<Change> {
  const hosts = await runInSlices(hostChanges(before.routes, after.routes));
  const compiled = hosts.flatMap(({ after: host }) => host ?? []);
  const sections = await compile(compiled);
  const bytes = new Map(compiled.map(({ host }, index) => [host, sections[index] ?? null]));
  return {
    hosts: new Map(hosts.map(({ name }) => [name, bytes.get(name) ?? null])),
    defaultRoute: compileDefaultRoute(before.routes.defaultRoute, after.routes.defaultRoute),
    upstreams: await runInSlices(compileUpstreams(before.endpoints, after.endpoints)),
  };
}

interface HostChange {
  readonly name: string;
  readonly after: VirtualHost | null;
}

/** A virtual host may be made again and be the same: then there is nothing to compile. */
function* hostChanges(before: RoutingPlan, after: RoutingPlan): Sliced<readonly HostChange[]> {
  const changes: HostChange[] = [];
  const differences = compareLists(before.virtualHosts, after.virtualHosts, ({ host }) => host);
  for (const difference of differences) {
    if (!isDeepStrictEqual(difference.before, difference.after)) changes.push(difference);
    yield;
  }
  return changes;
}

function compileDefaultRoute(before: Route | null, after: Route | null): Change['defaultRoute'] {
  if (isDeepStrictEqual(before, after)) return undefined;
  return after === null ? null : compileRoute('', after);
}

function* compileUpstreams(
  before: EndpointPlan,
  after: EndpointPlan,
): Sliced<Map<string, Uint8Array | null>> {
  const records = new Map<string, Uint8Array | null>();
  for (const difference of compareLists(before.upstreams, after.upstreams, nameOf)) {
    const { name, after: upstream } = difference;
    if (isSame(difference.before, upstream)) continue;
    records.set(name, upstream === null ? null : compileUpstream(upstream));
    yield;
  }
  return records;
}

/** Whether both have one record: a DNS name that stands behind an upstream is not in it. */
function isSame(before: Upstream | null, after: Upstream | null): boolean {
  if (before === null || after === null) return false;
  return isDeepStrictEqual({ ...before, externalName: null }, { ...after, externalName: null });
}

function nameOf({ name }: Upstream): string {
  return name;
}
