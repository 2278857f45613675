// The data plane of one worker in this thread, over a snapshot made from plans: real sockets, no
// control plane, and a clock that only the test moves.

import { monotonicMs } from '#base/clock.ts';
import { limits } from '#base/limits.ts';
import { sortedList } from '#base/sorted-list.ts';
import { buildSnapshot } from '#compile/build-snapshot.ts';
import {
  type Endpoint,
  type EndpointPlan,
  PLAIN_HTTP1,
  type Transport,
} from '#plan/endpoint-plan.ts';
import type { RoutingPlan } from '#plan/routing-plan.ts';
import { NO_TLS, type TlsPlan } from '#plan/tls-plan.ts';
import { ControlBlock } from '#protocol/control-block.ts';
import { EndpointHealth } from '#protocol/endpoint-health.ts';
import type { WorkerSettings } from '#protocol/messages.ts';
import { WorkerCounters } from '#protocol/worker-counters.ts';
import { DataPlane } from '#proxy/data-plane.ts';
import { Listener } from '#proxy/listener.ts';
import { Arena } from '#snapshot/arena.ts';
import { routingPlanOf, upstreamNameOf } from './plans.ts';
import { connectPeer, type RawPeer } from './raw-peer.ts';

export interface ProxyFixture extends AsyncDisposable {
  readonly port: number;
  /** 0 without TLS. */
  readonly httpsPort: number;
  readonly counters: WorkerCounters;
  readonly plane: DataPlane;
  /** Publishes other endpoints for the hosts, or another way to them, as the next generation. */
  publish(hosts: Hosts, transport?: Transport): void;
  connect(): Promise<RawPeer>;
  /** Lets `durationMs` pass for all deadlines. */
  elapse(durationMs: number): void;
  /** With as much time as a process has unless it is told otherwise. */
  drain(drainMs?: number): Promise<void>;
}

/** As by default. */
export const WORKER_SETTINGS: WorkerSettings = {
  trustedProxies: [],
  proxyProtocol: false,
  accessLog: null,
  h2c: false,
  tlsMinVersion: '1.2',
  responseTimeoutSeconds: limits.responseTimeoutMs / 1_000,
  streamIdleSeconds: limits.streamIdleTimeoutMs / 1_000,
  via: null,
};

/** Hosts to their endpoints; each host has one route, `Prefix /`. */
export type Hosts = Readonly<Record<string, readonly Endpoint[]>>;

export interface ProxyOptions extends WorkerSettings {
  readonly connectionsMax: number;
}

export async function startProxy(
  hosts: Hosts,
  {
    connectionsMax = limits.downstreamConnectionsMax,
    transport = PLAIN_HTTP1,
    tls = NO_TLS,
    ...settings
  }: Partial<ProxyOptions> & { readonly transport?: Transport; readonly tls?: TlsPlan } = {},
): Promise<ProxyFixture> {
  const control = ControlBlock.create(1);
  control.shareConnections(connectionsMax);
  const counters = WorkerCounters.create();
  const health = EndpointHealth.create();
  const arena = new Arena();
  let generation = 0;
  const publish = (next: Hosts, way = transport) => {
    generation += 1;
    const routes = routesOf(next);
    const endpoints = endpointsOf(next, way);
    const { root } = buildSnapshot(routes, endpoints, { seed: 7, generation, arena, tls });
    control.publish(root);
  };
  publish(hosts);
  const plane = new DataPlane({
    workerIndex: 0,
    listen: [],
    settings: { ...WORKER_SETTINGS, ...settings },
    arena: arena.buffer,
    control: control.buffer,
    counters: counters.buffer,
    health: health.buffer,
  });
  const listener = new Listener(plane);
  plane.adopt();
  const loopback = { host: '127.0.0.1', port: 0 };
  const { port } = await listener.listen({ ...loopback, tls: false });
  if (tls !== NO_TLS) await listener.listen({ ...loopback, tls: true });
  let nowMs = monotonicMs();
  const drain = (drainMs = 30_000) => {
    plane.leave(drainMs);
    return listener.drain();
  };
  return {
    port,
    httpsPort: plane.httpsPort,
    counters,
    plane,
    publish,
    connect: () => connectPeer(port),
    elapse(durationMs) {
      // In small steps: the wheel takes a leap for a machine that was suspended.
      for (const endMs = nowMs + durationMs; nowMs < endMs; ) {
        nowMs = Math.min(endMs, nowMs + 10_000);
        plane.advance(nowMs);
      }
    },
    drain,
    async [Symbol.asyncDispose]() {
      await drain(0);
      plane.pools.closeIdle();
    },
  };
}

function routesOf(hosts: Hosts): RoutingPlan {
  return routingPlanOf(
    Object.fromEntries(Object.keys(hosts).map((host) => [host, ['Prefix /'] as const])),
  );
}

function endpointsOf(hosts: Hosts, transport: Transport): EndpointPlan {
  const upstreams = Object.entries(hosts).map(([host, endpoints]) => ({
    name: upstreamNameOf(host, 'Prefix /'),
    endpoints,
    externalName: null,
    transport,
  }));
  return { upstreams: sortedList(upstreams.toSorted((a, b) => (a.name < b.name ? -1 : 1))) };
}
