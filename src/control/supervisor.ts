// All proxy workers together: started once there is something to serve, told of each generation,
// drained at the end. One that dies is its slot's affair, and the others do not notice.

import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '#base/clock.ts';
import { limits } from '#base/limits.ts';
import { EndpointHealth } from '#protocol/endpoint-health.ts';
import type { ProxyAddress } from '#protocol/messages.ts';
import { connectionsPerWorker, openFilesMax } from './open-files.ts';
import { probePort } from './probe-port.ts';
import { type Finding, Watchdog } from './watchdog.ts';
import { workerHeap } from './worker-heap.ts';
import { WorkerSlot, type WorkerSlotOptions } from './worker-slot.ts';

const WORDS_OF = { hung: 'hangs', behind: 'serves an old generation' } as const;

export interface SupervisorOptions
  extends Pick<
    WorkerSlotOptions,
    'settings' | 'arena' | 'control' | 'currentGeneration' | 'onPassed' | 'log'
  > {
  /** Port 0 asks the kernel for one, which then all workers share. */
  readonly listen: readonly ProxyAddress[];
  /** Another process of this user may listen there too; else that is an error. */
  readonly sharePorts: boolean;
  /** What the process should take at most, in bytes; null if nobody bounds it. */
  readonly maxMemory: number | null;
  /** How many to begin with; there may be as many as the control block has room for. */
  readonly workers: number;
  /**
   * A thread runs on though it was terminated: native code does not let V8 end it. Its listener
   * keeps its share of the connections, and only the end of the process ends it.
   */
  readonly onUnending: (worker: number) => void;
}

/**
 * `busy`: the workers of the resizing before do not listen yet. `full`: too many that left before
 * have connections still. `notServing`: the process begins or leaves.
 */
export type Resizing = 'resized' | 'busy' | 'full' | 'notServing';

export class Supervisor {
  /** All that ever were, by number: what those that left have counted stays in the sums. */
  readonly #slots: WorkerSlot[] = [];
  /** What all workers know of the endpoints. */
  readonly health: EndpointHealth = EndpointHealth.create();
  readonly #options: SupervisorOptions;
  #hasStarted = false;
  /** Until when failures of the access log are only counted, whichever worker meets them. */
  #quietUntilMs = 0;
  #isLeaving = false;
  #isDraining = false;
  #workerCount: number;
  #addresses: readonly ProxyAddress[] = [];
  #isResizing = false;
  readonly #watchdog = new Watchdog();
  #lookTimer: NodeJS.Timeout | null = null;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#workerCount = options.workers;
    this.#takeSlots(options.workers);
    this.#shareDescriptors();
  }

  get slots(): readonly WorkerSlot[] {
    return this.#slots;
  }

  /** Workers that should run. */
  get workerCount(): number {
    return this.#workerCount;
  }

  /**
   * Starts every worker, once a generation is published. Resolves with the addresses they listen
   * on; rejects with a ListenError.
   */
  async start(): Promise<readonly ProxyAddress[]> {
    const { listen, sharePorts } = this.#options;
    if (!sharePorts) for (const address of listen) await probePort(address);
    const [first, ...others] = this.#slots;
    if (first === undefined) return [];
    if (!this.#isDraining) this.#lookTimer = setInterval(() => this.#look(), limits.workerLookMs);
    // The first one alone, because it may have to find the port that the others then share.
    this.#addresses = await first.start(listen);
    await Promise.all(others.map((slot) => slot.start(this.#addresses)));
    this.#hasStarted = true;
    return this.#addresses;
  }

  /**
   * Starts workers until there are `count`, and resolves when they listen; or lets the last ones
   * leave within `drainMs`, and resolves at once. The others notice nothing. Rejects with a
   * ListenError, and then it is as it was.
   */
  async resize(count: number, drainMs: number): Promise<Resizing> {
    if (!this.#hasStarted || this.#isDraining) return 'notServing';
    if (this.#isResizing) return 'busy';
    const running = this.#slots.filter(({ isDraining }) => !isDraining);
    const coming = this.#takeSlots(count - running.length);
    if (coming === null) return 'full';
    const before = this.#workerCount;
    this.#workerCount = count;
    this.#shareDescriptors();
    for (const slot of running.slice(count)) void this.#retire(slot, drainMs);
    this.#isResizing = true;
    try {
      await Promise.all(coming.map((slot) => slot.start(this.#addresses)));
    } catch (error) {
      for (const slot of coming) void this.#retire(slot, 0);
      this.#workerCount = before;
      this.#shareDescriptors();
      throw error;
    } finally {
      this.#isResizing = false;
    }
    this.#options.log.info('workers changed', { workers: count, before });
    return 'resized';
  }

  /** Slots at rest, then fresh ones; null if there may not be so many. */
  #takeSlots(count: number): readonly WorkerSlot[] | null {
    const rested = this.#slots.filter(({ isAtRest }) => isAtRest).slice(0, Math.max(count, 0));
    const freshCount = Math.max(count - rested.length, 0);
    if (this.#slots.length + freshCount > this.#options.control.capacity) return null;
    for (const slot of rested) slot.wake();
    const fresh = Array.from({ length: freshCount }, () => this.#addSlot());
    return [...rested, ...fresh];
  }

  #addSlot(): WorkerSlot {
    const slot = new WorkerSlot({
      ...this.#options,
      index: this.#slots.length,
      health: this.health,
      heap: () => workerHeap(this.#options.maxMemory, this.#workerCount),
      onAccessLogFailed: (code) => this.#logFailedAccessLog(code),
    });
    this.#slots.push(slot);
    return slot;
  }

  #shareDescriptors(): void {
    const perWorker = connectionsPerWorker(openFilesMax(), this.#workerCount);
    this.#options.control.shareConnections(perWorker);
  }

  async #retire(slot: WorkerSlot, drainMs: number): Promise<void> {
    const deadline = setTimeout(() => void slot.terminate(), drainMs);
    await slot.drain(drainMs);
    clearTimeout(deadline);
  }

  #look(): void {
    const pulses = this.#slots.map(({ pulse }) => pulse).filter((pulse) => pulse !== null);
    const published = this.#options.currentGeneration();
    for (const finding of this.#watchdog.look(monotonicMs(), published, pulses)) {
      this.#treat(finding);
    }
  }

  #treat({ worker, ailment, forMs, isFinal }: Finding): void {
    const fields = { worker, forMs: Math.round(forMs) };
    if (this.#slots[worker]?.isEnding) {
      this.#options.onUnending(worker);
      return;
    }
    if (isFinal) {
      this.#options.log.error(`worker ${WORDS_OF[ailment]}, replacing it`, fields);
      void this.#slots[worker]?.terminate(ailment);
    } else {
      this.#options.log.warn(`worker ${WORDS_OF[ailment]}`, fields);
    }
  }

  /** One that can try what the others do not serve yet; null if there are no others. */
  pickForTrial(): number | null {
    const serving = this.slots.keys().filter((index) => this.slots[index]?.takesClients);
    const [first, second] = [...serving];
    return first === undefined || second === undefined ? null : first;
  }

  #logFailedAccessLog(code: string): void {
    const nowMs = performance.now();
    if (nowMs < this.#quietUntilMs) return;
    this.#quietUntilMs = nowMs + limits.accessLogQuietMs;
    const { settings, log } = this.#options;
    log.warn('the access log cannot be written', { file: settings.accessLog, code });
  }

  /** Tells every worker that a generation has been published. */
  announcePublished(): void {
    for (const slot of this.#slots) slot.post({ type: 'published' });
  }

  /** All serve on, and nobody should come any more. */
  announceDrain(): void {
    this.#isLeaving = true;
  }

  /** Why the process should get no traffic; null when it should. */
  unreadyReason(): string | null {
    if (this.#isDraining) return 'draining';
    if (this.#isLeaving) return 'about to drain';
    if (!this.#hasStarted) return 'waiting until every worker serves the first snapshot';
    return this.#slots.some((slot) => slot.takesClients) ? null : 'no worker is alive';
  }

  /**
   * New connections stop, exchanges under way finish; after `deadlineMs` they are cut. Resolves
   * when no worker is left, with the number of workers that were cut.
   */
  async drain(deadlineMs: number): Promise<number> {
    this.#isDraining = true;
    // What hangs while it drains is cut when the time is over.
    if (this.#lookTimer !== null) clearInterval(this.#lookTimer);
    let running = this.#slots.length;
    const ended = this.#slots.map((slot) => slot.drain(deadlineMs).then(() => (running -= 1)));
    const deadline = new AbortController();
    await Promise.race([
      Promise.all(ended),
      delay(deadlineMs, undefined, { signal: deadline.signal }).catch(() => undefined),
    ]);
    deadline.abort();
    const cut = running;
    await Promise.all(this.#slots.map((slot) => slot.terminate()));
    return cut;
  }
}
