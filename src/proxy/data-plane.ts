// What one worker holds for all its connections: the view of the snapshot in force, the pools, the
// counters, the clock, and the scratch objects that every request reuses. Decides nothing itself.

import { randomBytes } from 'node:crypto';
import { limits } from '#base/limits.ts';
import { ControlBlock } from '#protocol/control-block.ts';
import type { WorkerStart } from '#protocol/messages.ts';
import { WorkerCounters } from '#protocol/worker-counters.ts';
import { SnapshotView } from '#snapshot/view.ts';
import { RequestHead } from './http1/request-head.ts';
import { ResponseHead } from './http1/response-head.ts';
import { RouteTable } from './phases/route.ts';
import { TimerWheel } from './timer-wheel.ts';
import { EndpointPools } from './upstream/endpoint-pools.ts';

export class DataPlane {
  readonly counters: WorkerCounters;
  readonly wheel = new TimerWheel(performance.now());
  readonly routes: RouteTable;
  readonly view: SnapshotView;
  readonly pools = new EndpointPools(this);
  readonly requestHead = new RequestHead();
  readonly responseHead = new ResponseHead();
  /**
   * All upstream sockets read into it, one at a time; nothing may refer to it after its callback.
   */
  readonly upstreamReadBuffer = Buffer.allocUnsafeSlow(limits.upstreamReadBytes);
  readonly #control: ControlBlock;
  readonly #workerIndex: number;
  readonly #requestIdPrefix = randomBytes(12).toString('hex');
  #requestIdNext = 0;
  #root = 0;
  /** IMF-fixdate of the second in progress (RFC 9110 5.6.7). */
  date = new Date().toUTCString();
  isDraining = false;

  constructor(start: WorkerStart) {
    this.#control = ControlBlock.attach(start.control);
    this.#workerIndex = start.workerIndex;
    this.counters = WorkerCounters.attach(start.counters);
    this.view = new SnapshotView(start.arena);
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
    const root = this.#control.root;
    if (root === this.#root) return;
    this.#root = root;
    this.view.adopt(root);
    this.routes.reset();
    this.#control.acknowledge(this.#workerIndex, this.view.generation);
  }

  /** 24 random digits of this worker's life and 8 that count: unique, not secret. */
  nextRequestId(): string {
    this.#requestIdNext = (this.#requestIdNext + 1) >>> 0;
    return this.#requestIdPrefix + this.#requestIdNext.toString(16).padStart(8, '0');
  }

  tick(): void {
    this.wheel.advance(performance.now());
    const date = new Date().toUTCString();
    if (date === this.date) return;
    this.date = date;
    this.pools.sweep();
  }
}
