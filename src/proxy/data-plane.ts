// What one worker holds for all its connections: the view of the snapshot in force, the pools, the
// counters, the clock, and the scratch objects that every request reuses. Decides nothing itself.

import { randomBytes } from 'node:crypto';
import { monotonicMs } from '#base/clock.ts';
import { limits } from '#base/limits.ts';
import { ControlBlock } from '#protocol/control-block.ts';
import { EndpointHealth } from '#protocol/endpoint-health.ts';
import type { WorkerStart } from '#protocol/messages.ts';
import { WorkerCounters } from '#protocol/worker-counters.ts';
import { ServerNameView } from '#snapshot/server-name-view.ts';
import { SnapshotView } from '#snapshot/view.ts';
import { AccessLog } from './access-log.ts';
import { HealthWatch } from './balance/health-watch.ts';
import { Departure } from './departure.ts';
import { BlockPool } from './http1/block-pool.ts';
import { RequestHead } from './http1/request-head.ts';
import { ResponseHead } from './http1/response-head.ts';
import { Overload } from './overload.ts';
import { RouteTable } from './phases/route.ts';
import { type ViaFields, viaFields } from './phases/via-fields.ts';
import { Deadline, TimerWheel } from './timer-wheel.ts';
import { HandshakeQueue } from './tls/handshake-queue.ts';
import { Terminator } from './tls/terminator.ts';
import { TrustedProxies } from './trusted-proxies.ts';
import { EndpointPools } from './upstream/endpoint-pools.ts';

const MS_PER_SECOND = 1_000;

export class DataPlane {
  readonly counters: WorkerCounters;
  readonly wheel = new TimerWheel(monotonicMs());
  readonly health: HealthWatch;
  readonly overload = new Overload();
  readonly routes: RouteTable;
  readonly view: SnapshotView;
  readonly tls: Terminator;
  readonly handshakes = new HandshakeQueue(setImmediate);
  /** Where clients are sent that should use TLS; 0 for nowhere. */
  httpsPort = 0;
  readonly pools = new EndpointPools(this);
  readonly trusted: TrustedProxies;
  /** Trusted peers begin with a preface of the PROXY protocol. */
  readonly takesPrefaces: boolean;
  /** Clients may begin with the preface of HTTP/2. */
  readonly takesHttp2: boolean;
  /** How long an upstream may be silent: until its response begins, and within it. */
  readonly upstreamTimes: { readonly responseMs: number; readonly idleMs: number };
  readonly via: ViaFields;
  /** Null if none is written. */
  readonly accessLog: AccessLog | null;
  readonly blocks = new BlockPool();
  readonly requestHead = new RequestHead();
  readonly responseHead = new ResponseHead();
  /**
   * All upstream sockets read into it, one at a time; nothing may refer to it after its callback.
   */
  readonly upstreamReadBuffer = Buffer.allocUnsafeSlow(limits.upstreamReadBytes);
  readonly #names: ServerNameView;
  readonly #control: ControlBlock;
  readonly #workerIndex: number;
  readonly #requestIdPrefix = randomBytes(12).toString('hex');
  #requestIdNext = 0;
  #root = 0;
  /** IMF-fixdate of the second in progress (RFC 9110 5.6.7). */
  date = new Date().toUTCString();
  /** Null until the worker leaves. */
  #departure: Departure | null = null;

  constructor({ settings, ...start }: WorkerStart) {
    this.#control = ControlBlock.attach(start.control);
    this.#workerIndex = start.workerIndex;
    this.trusted = new TrustedProxies(settings.trustedProxies);
    this.takesPrefaces = settings.proxyProtocol;
    this.takesHttp2 = settings.h2c;
    this.upstreamTimes = {
      responseMs: settings.responseTimeoutSeconds * MS_PER_SECOND,
      idleMs: settings.streamIdleSeconds * MS_PER_SECOND,
    };
    this.via = viaFields(settings.via);
    this.counters = WorkerCounters.attach(start.counters);
    const { accessLog } = settings;
    this.accessLog = accessLog === null ? null : new AccessLog(accessLog, this.counters);
    this.health = new HealthWatch(EndpointHealth.attach(start.health), monotonicMs());
    this.view = new SnapshotView(start.arena);
    this.#names = new ServerNameView(start.arena);
    this.tls = new Terminator({
      view: this.#names,
      counters: this.counters,
      minVersion: `TLSv${settings.tlsMinVersion}`,
    });
    this.routes = new RouteTable({
      view: this.view,
      counters: this.counters,
      pools: this.pools,
      start: () => Math.floor(Math.random() * 0x1000_0000),
    });
  }

  /**
   * Adopts the snapshot in force, if it is another one. Called before each request is routed; what
   * an exchange has routed by then stays with the objects it was given, never with the memory.
   */
  adopt(): void {
    const root = this.#control.rootOf(this.#workerIndex);
    if (root === this.#root) return;
    this.#root = root;
    this.view.adopt(root);
    this.#names.adopt(root);
    this.routes.reset();
    this.tls.refresh(Date.now());
    this.#control.acknowledge(this.#workerIndex, this.view.generation);
  }

  get isDraining(): boolean {
    return this.#departure !== null;
  }

  /** The worker leaves, and has `drainMs` for it: each response is the last of its connection. */
  leave(drainMs: number): void {
    this.#departure = new Departure(this.health.nowMs, drainMs);
  }

  /** Client connections that it may hold. */
  get connectionsMax(): number {
    return this.#control.connectionsMax;
  }

  /** In a drain, calls `end` when it is a tunnel's turn to end; else does nothing. */
  endTunnelInTime(end: () => void): Deadline | null {
    if (this.#departure === null) return null;
    const deadline = new Deadline(this.wheel, end);
    deadline.set(this.#departure.tunnelMs(this.health.nowMs, Math.random()));
    return deadline;
  }

  /** How long a client may hold an idle connection from here on. */
  get idleMs(): number {
    return this.#departure?.idleMs(this.health.nowMs) ?? limits.keepAliveTimeoutMs;
  }

  /** 24 random digits of this worker's life and 8 that count: unique, not secret. */
  nextRequestId(): string {
    this.#requestIdNext = (this.#requestIdNext + 1) >>> 0;
    return this.#requestIdPrefix + this.#requestIdNext.toString(16).padStart(8, '0');
  }

  tick(): void {
    this.#control.beat(this.#workerIndex);
    const nowMs = monotonicMs();
    this.overload.observe(nowMs - this.health.nowMs - limits.timerTickMs);
    this.advance(nowMs);
    const date = new Date().toUTCString();
    if (date === this.date) return;
    this.date = date;
    this.tls.refresh(Date.now());
    this.pools.sweep();
  }

  /** Lets all that waits for time know that it is `nowMs`. */
  advance(nowMs: number): void {
    this.health.advance(nowMs);
    this.wheel.advance(nowMs);
    this.accessLog?.advance(nowMs);
  }
}
