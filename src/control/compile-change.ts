// From the plans in force and those that follow them to the change between the two. Only what is
// different is compiled: virtual hosts by the compile pool, whose threads verify them, upstreams
// here.

import { isDeepStrictEqual } from 'node:util';
import type { Sliced } from '#base/sliced.ts';
import { compareLists, replaceInList } from '#base/sorted-list.ts';
import { compileUpstream } from '#compile/compile-endpoints.ts';
import { compileRoute } from '#compile/compile-route.ts';
import {
  compileCertificate,
  compileFallback,
  compileServerName,
  compileTicketSecret,
} from '#compile/compile-tls.ts';
import { type EndpointPlan, NO_ENDPOINTS, type Upstream } from '#plan/endpoint-plan.ts';
import { NO_ROUTES, type RoutingPlan, type VirtualHost } from '#plan/routing-plan.ts';
import { NO_TLS, type TlsPlan } from '#plan/tls-plan.ts';
import type { Change } from './change.ts';
import { runInSlices } from './run-in-slices.ts';

export interface Plans {
  readonly routes: RoutingPlan;
  readonly endpoints: EndpointPlan;
  readonly tls: TlsPlan;
}

/** What is in force before anything is. */
export const NO_PLANS: Plans = {
  routes: NO_ROUTES,
  endpoints: NO_ENDPOINTS,
  tls: NO_TLS,
};

/** The routes and certificates of the one, and of its upstreams what the other says of them. */
export function withEndpoints(plans: Plans, { upstreams }: EndpointPlan): Plans {
  const before = plans.endpoints.upstreams;
  const replaced = new Map<string, Upstream>();
  for (const { name, before: old, after } of compareLists(before, upstreams, nameOf)) {
    if (old !== null && after !== null) replaced.set(name, after);
  }
  return { ...plans, endpoints: { upstreams: replaceInList(before, replaced, nameOf) } };
}

export interface Compile {
  /** One section per virtual host, verified, in order. */
  readonly hosts: (hosts: readonly VirtualHost[]) => Promise<readonly Uint8Array[]>;
  /** The seed with which those sections are compiled. */
  readonly seed: number;
}

export async function compileChange(
  before: Plans,
  after: Plans,
  compile: Compile,
): Promise<Change> {
  const hosts = await runInSlices(hostChanges(before.routes, after.routes));
  const sections = await compile.hosts(hosts.compiled);
  return {
    hosts: await runInSlices(sectionsByName(hosts.changes, sections)),
    defaultRoute: differing(before.routes.defaultRoute, after.routes.defaultRoute, compileRoute),
    upstreams: await runInSlices(compileUpstreams(before.endpoints, after.endpoints)),
    ...(await runInSlices(compileTls(before.tls, after.tls, compile.seed))),
  };
}

interface HostChange {
  readonly name: string;
  readonly after: VirtualHost | null;
}

interface HostChanges {
  readonly changes: readonly HostChange[];
  /** Those that stay or come. */
  readonly compiled: readonly VirtualHost[];
}

/** A virtual host may be made again and be the same: then there is nothing to compile. */
function* hostChanges(before: RoutingPlan, after: RoutingPlan): Sliced<HostChanges> {
  const changes: HostChange[] = [];
  const compiled: VirtualHost[] = [];
  const differences = compareLists(before.virtualHosts, after.virtualHosts, ({ host }) => host);
  for (const difference of differences) {
    yield;
    if (isDeepStrictEqual(difference.before, difference.after)) continue;
    changes.push(difference);
    if (difference.after !== null) compiled.push(difference.after);
  }
  return { changes, compiled };
}

/** `sections` are those of the hosts that stay or come, in their order. */
function* sectionsByName(
  hosts: readonly HostChange[],
  sections: readonly Uint8Array[],
): Sliced<ReadonlyMap<string, Uint8Array | null>> {
  const byName = new Map<string, Uint8Array | null>();
  let next = 0;
  for (const { name, after } of hosts) {
    byName.set(name, after === null ? null : (sections[next] ?? null));
    if (after !== null) next += 1;
    yield;
  }
  return byName;
}

type TlsChange = Omit<Change, 'hosts' | 'defaultRoute' | 'upstreams'>;

function* compileTls(before: TlsPlan, after: TlsPlan, seed: number): Sliced<TlsChange> {
  const serverNames = new Map<string, Uint8Array | null>();
  const names = compareLists(before.serverNames, after.serverNames, ({ host }) => host);
  for (const { name, before: old, after: next } of names) {
    if (isDeepStrictEqual(old, next)) continue;
    serverNames.set(name, next === null ? null : compileServerName(next, seed));
    yield;
  }
  const certificates = new Map<string, Uint8Array | null>();
  const differences = compareLists(before.certificates, after.certificates, ({ name }) => name);
  for (const { name, before: old, after: next } of differences) {
    // The name is made of the content.
    if (old !== null && next !== null) continue;
    certificates.set(name, next === null ? null : compileCertificate(next));
    yield;
  }
  return {
    serverNames,
    certificates,
    fallbackName: differing(before.fallback, after.fallback, (one) => compileFallback(one, seed)),
    ticketSecret: differing(before.ticketSecret, after.ticketSecret, compileTicketSecret),
  };
}

/** Undefined for what stays the same. */
function differing<T>(before: T | null, after: T | null, compile: (value: T) => Uint8Array) {
  if (isDeepStrictEqual(before, after)) return undefined;
  return after === null ? null : compile(after);
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
  return isDeepStrictEqual(before.transport, after.transport) && haveSameEndpoints(before, after);
}

/** A comparison of any two objects would take 50 ms for 100,000 endpoints. */
function haveSameEndpoints({ endpoints: before }: Upstream, { endpoints: after }: Upstream) {
  return (
    before.length === after.length &&
    before.every(({ address, port }, index) => {
      const other = after[index];
      return address === other?.address && port === other.port;
    })
  );
}

function nameOf({ name }: Upstream): string {
  return name;
}
