// All proxy workers together: started once there is something to serve, told of each generation,
// drained at the end. One that dies is its slot's affair, and the others do not notice.

import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '#base/clock.ts';
import { limits } from '#base/limits.ts';
import type { Log } from '#base/log.ts';
import type { ControlBlock } from '#protocol/control-block.ts';
import { EndpointHealth } from '#protocol/endpoint-health.ts';
import type { ProxyAddress, WorkerStart } from '#protocol/messages.ts';
import { connectionsPerWorker, openFilesMax } from './open-files.ts';
import { probePort } from './probe-port.ts';
import { type Finding, Watchdog } from './watchdog.ts';
import { type WorkerHeap, workerHeap } from './worker-heap.ts';
import { WorkerSlot } from './worker-slot.ts';

const WORDS_OF = { hung: 'hangs', behind: 'serves an old generation' } as const;

export interface SupervisorOptions {
  /** Port 0 asks the kernel for one, which then all workers share. */
  readonly listen: readonly ProxyAddress[];
  /** Another process of this user may listen there too; else that is an error. */
  readonly sharePorts: boolean;
  /** As in WorkerStart. */
  readonly trustedProxies: readonly string[];
  readonly proxyProtocol: boolean;
  readonly accessLog: string | null;
  readonly h2c: boolean;
  readonly tlsMinVersion: WorkerStart['tlsMinVersion'];
  readonly upstreamTimes: WorkerStart['upstreamTimes'];
  readonly via: string | null;
  /** What the process should take at most, in bytes; null if nobody bounds it. */
  readonly maxMemory: number | null;
  readonly arena: SharedArrayBuffer;
  /** Says how many workers there are. */
  readonly control: ControlBlock;
  readonly currentGeneration: () => number;
  /** Some worker reads less old memory than before. */
  readonly onPassed: () => void;
  readonly log: Log;
}

export class Supervisor {
  readonly slots: readonly WorkerSlot[];
  /** What all workers know of the endpoints. */
  readonly health: EndpointHealth = EndpointHealth.create();
  readonly #options: SupervisorOptions;
  #hasStarted = false;
  /** Until when failures of the access log are only counted, whichever worker meets them. */
  #quietUntilMs = 0;
  #isDraining = false;
  readonly #watchdog = new Watchdog();
  #lookTimer: NodeJS.Timeout | null = null;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    const { workerCount } = options.control;
    const connectionsMax = connectionsPerWorker(openFilesMax(), workerCount);
    const { health } = this;
    const heap = (): WorkerHeap => workerHeap(options.maxMemory, workerCount);
    const onAccessLogFailed = (code: string): void => this.#logFailedAccessLog(code);
    this.slots = Array.from(
      { length: workerCount },
      (_, index) =>
        new WorkerSlot({ ...options, health, heap, connectionsMax, onAccessLogFailed, index }),
    );
  }

  /**
   * Starts every worker, once a generation is published. Resolves with the addresses they listen
   * on; rejects with a ListenError.
   */
  async start(): Promise<readonly ProxyAddress[]> {
    const { listen, sharePorts } = this.#options;
    if (!sharePorts) for (const address of listen) await probePort(address);
    const [first, ...others] = this.slots;
    if (first === undefined) return [];
    if (!this.#isDraining) this.#lookTimer = setInterval(() => this.#look(), limits.workerLookMs);
    // The first one alone, because it may have to find the port that the others then share.
    const addresses = await first.start(listen);
    await Promise.all(others.map((slot) => slot.start(addresses)));
    this.#hasStarted = true;
    return addresses;
  }

  #look(): void {
    const pulses = this.slots.map(({ pulse }) => pulse).filter((pulse) => pulse !== null);
    const published = this.#options.currentGeneration();
    for (const finding of this.#watchdog.look(monotonicMs(), published, pulses)) {
      this.#treat(finding);
    }
  }

  #treat({ worker, ailment, forMs, isFinal }: Finding): void {
    const fields = { worker, forMs: Math.round(forMs) };
    if (isFinal) {
      this.#options.log.error(`worker ${WORDS_OF[ailment]}, replacing it`, fields);
      void this.slots[worker]?.terminate(ailment);
    } else {
      this.#options.log.warn(`worker ${WORDS_OF[ailment]}`, fields);
    }
  }

  #logFailedAccessLog(code: string): void {
    const nowMs = performance.now();
    if (nowMs < this.#quietUntilMs) return;
    this.#quietUntilMs = nowMs + limits.accessLogQuietMs;
    const { accessLog, log } = this.#options;
    log.warn('the access log cannot be written', { file: accessLog, code });
  }

  /** Tells every worker that a generation has been published. */
  announcePublished(): void {
    for (const slot of this.slots) slot.post({ type: 'published' });
  }

  /** Why the process should get no traffic; null when it should. */
  unreadyReason(): string | null {
    if (this.#isDraining) return 'draining';
    if (!this.#hasStarted) return 'waiting until every worker serves the first snapshot';
    return this.slots.some((slot) => slot.isListening) ? null : 'no worker is alive';
  }

  /**
   * New connections stop, exchanges under way finish; after `deadlineMs` they are cut. Resolves
   * when no worker is left, with the number of workers that were cut.
   */
  async drain(deadlineMs: number): Promise<number> {
    this.#isDraining = true;
    // What hangs while it drains is cut when the time is over.
    if (this.#lookTimer !== null) clearInterval(this.#lookTimer);
    this.#options.control.drain();
    let running = this.slots.length;
    const ended = this.slots.map((slot) => slot.drain(deadlineMs).then(() => (running -= 1)));
    const deadline = new AbortController();
    await Promise.race([
      Promise.all(ended),
      delay(deadlineMs, undefined, { signal: deadline.signal }).catch(() => undefined),
    ]);
    deadline.abort();
    const cut = running;
    await Promise.all(this.slots.map((slot) => slot.terminate()));
    return cut;
  }
}
