// The plans -> one snapshot in an arena: all of compile and link in a row, for whoever
// wants a snapshot without a publisher.

import { assert } from '#base/assert.ts';
import { finish } from '#base/sliced.ts';
import { valuesOf } from '#base/sorted-list.ts';
import type { EndpointPlan } from '#plan/endpoint-plan.ts';
import type { RoutingPlan } from '#plan/routing-plan.ts';
import { NO_TLS, type TlsPlan } from '#plan/tls-plan.ts';
import { Arena } from '#snapshot/arena.ts';
import { ROOT_BYTES } from '#snapshot/layout.ts';
import { compileUpstream } from './compile-endpoints.ts';
import { compileHost } from './compile-host.ts';
import { compileRoute } from './compile-route.ts';
import {
  compileCertificate,
  compileFallback,
  compileServerName,
  compileTicketSecret,
} from './compile-tls.ts';
import { certificateEntry, hostEntry, linkRoot, upstreamEntry } from './link.ts';
import { linkTable } from './link-table.ts';

export interface BuiltSnapshot {
  readonly arena: Arena;
  readonly root: number;
}

export interface BuildOptions {
  readonly seed: number;
  readonly generation?: number;
  /** None unless given. */
  readonly tls?: TlsPlan;
  /** Where to put it, beside what lies there; an arena of its own unless given. */
  readonly arena?: Arena;
}

/** Throws if the arena is too small. Equal plans and seeds give equal bytes. */
export function buildSnapshot(
  routes: RoutingPlan,
  endpoints: EndpointPlan,
  { seed, generation = 1, tls = NO_TLS, arena = new Arena() }: BuildOptions,
): BuiltSnapshot {
  const virtualHosts = valuesOf(routes.virtualHosts);
  const known = virtualHosts.filter(({ host }) => host !== '*');
  const anyHost = virtualHosts.find(({ host }) => host === '*');
  const allocate = (sizeBytes: number): number => reserve(arena, sizeBytes);
  const options = { memory: arena.memory, allocate };
  const hosts = known.map((host) =>
    hostEntry(host.host, place(arena, compileHost(host, seed)), seed),
  );
  const upstreams = valuesOf(endpoints.upstreams).map((upstream) =>
    upstreamEntry(upstream.name, place(arena, compileUpstream(upstream))),
  );
  const serverNames = valuesOf(tls.serverNames).map((name) =>
    hostEntry(name.host, place(arena, compileServerName(name, seed)), seed),
  );
  const certificates = valuesOf(tls.certificates).map((certificate) =>
    certificateEntry(certificate.name, place(arena, compileCertificate(certificate))),
  );
  const root = reserve(arena, ROOT_BYTES);
  linkRoot(arena.memory, root, {
    generation,
    seed,
    hosts: finish(linkTable(null, hosts, options)).table,
    anyHost: anyHost === undefined ? 0 : place(arena, compileHost(anyHost, seed)),
    defaultRoute:
      routes.defaultRoute === null ? 0 : place(arena, compileRoute(routes.defaultRoute)),
    upstreams: finish(linkTable(null, upstreams, options)).table,
    serverNames: finish(linkTable(null, serverNames, options)).table,
    certificates: finish(linkTable(null, certificates, options)).table,
    fallbackName: tls.fallback === null ? 0 : place(arena, compileFallback(tls.fallback, seed)),
    ticketSecret:
      tls.ticketSecret === null ? 0 : place(arena, compileTicketSecret(tls.ticketSecret)),
  });
  return { arena, root };
}

function place(arena: Arena, bytes: Uint8Array): number {
  const offset = reserve(arena, bytes.length);
  arena.memory.bytes.set(bytes, offset);
  return offset;
}

function reserve(arena: Arena, sizeBytes: number): number {
  const offset = arena.allocate(sizeBytes);
  assert(offset !== 0, 'the arena has room for one snapshot');
  return offset;
}
