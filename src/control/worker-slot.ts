// The life of one proxy worker: thread after thread under one index, started again when one dies.
// It does not know the other workers.
//
//   stopped ──start──▶ starting ──listening──▶ listening
//      ▲                  ▲                        │ thread ends
//      └─────wake         └──── backoff ◀──────────┘ (while draining: at rest)

import { Worker } from 'node:worker_threads';
import { assert } from '#base/assert.ts';
import { backoffMs } from '#base/backoff.ts';
import { limits } from '#base/limits.ts';
import type { Log } from '#base/log.ts';
import type { ControlBlock } from '#protocol/control-block.ts';
import type { EndpointHealth } from '#protocol/endpoint-health.ts';
import type {
  MainMessage,
  ProxyAddress,
  WorkerMessage,
  WorkerSettings,
  WorkerStart,
} from '#protocol/messages.ts';
import { WorkerCounters } from '#protocol/worker-counters.ts';
import { ListenError } from './listen-error.ts';
import type { Pulse } from './watchdog.ts';
import type { WorkerHeap } from './worker-heap.ts';

const ENTRY = new URL('../../workers/proxy-worker.ts', import.meta.url);
const RESTART = { baseMs: limits.workerRestartBaseMs, maxMs: limits.workerRestartMaxMs };

export interface WorkerSlotOptions {
  readonly index: number;
  readonly settings: WorkerSettings;
  readonly arena: SharedArrayBuffer;
  readonly control: ControlBlock;
  /** One for all workers of the node. */
  readonly health: EndpointHealth;
  /** The heap that its next thread may have. */
  readonly heap: () => WorkerHeap;
  /** The generation published last; a thread reads nothing older from its first moment on. */
  readonly currentGeneration: () => number;
  /** The worker reads less old memory than before: it adopted a generation, or it ended. */
  readonly onPassed: () => void;
  /** The worker could not write the access log; `code` is Node's. */
  readonly onAccessLogFailed: (code: string) => void;
  readonly log: Log;
}

/** Why a thread ended: `failed` for what is our mistake, the others as Ailment and Node say. */
export const END_REASONS = ['failed', 'hung', 'behind', 'memory'] as const;
export type EndReason = (typeof END_REASONS)[number];

/** How the first start ends. */
interface FirstStart {
  readonly resolve: (addresses: readonly ProxyAddress[]) => void;
  readonly reject: (error: Error) => void;
}

export class WorkerSlot {
  /** One block for all threads of this slot, so that a death loses no count. */
  readonly counters: WorkerCounters = WorkerCounters.create();
  readonly #options: WorkerSlotOptions;
  #ended = Promise.withResolvers<void>();
  #listen: readonly ProxyAddress[] = [];
  #thread: Worker | null = null;
  #firstStart: FirstStart | null = null;
  #isListening = false;
  #isDraining = false;
  #startedAt = 0;
  #failures = 0;
  #restartTimer: NodeJS.Timeout | null = null;
  #endReason: EndReason = 'failed';
  readonly #restarts: Record<EndReason, number> = { failed: 0, hung: 0, behind: 0, memory: 0 };
  #life = 0;
  #isEnding = false;

  constructor(options: WorkerSlotOptions) {
    this.#options = options;
  }

  /**
   * Resolves with the real addresses, none if a drain has begun already; rejects with a
   * ListenError, or if the thread dies before it listens.
   */
  start(listen: readonly ProxyAddress[]): Promise<readonly ProxyAddress[]> {
    if (this.#isDraining) return Promise.resolve([]);
    this.#listen = listen;
    return new Promise((resolve, reject) => {
      this.#firstStart = { resolve, reject };
      this.#startThread();
    });
  }

  /** It has drained, and may begin anew. */
  get isAtRest(): boolean {
    return this.#isDraining && this.#thread === null;
  }

  /** It was terminated, and runs still. */
  get isEnding(): boolean {
    return this.#isEnding && this.#thread !== null;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Ends the rest, so that it can be started. */
  wake(): void {
    assert(this.isAtRest, 'only who rests is woken');
    this.#isDraining = false;
    this.#ended = Promise.withResolvers();
  }

  get isListening(): boolean {
    return this.#isListening;
  }

  /** Clients that come may get to it. */
  get takesClients(): boolean {
    return this.#isListening && !this.#isDraining;
  }

  /** How often a thread ended that was not asked to, by reason. */
  get restarts(): Readonly<Record<EndReason, number>> {
    return this.#restarts;
  }

  /** The same for whatever reason. */
  get deaths(): number {
    return END_REASONS.reduce((sum, reason) => sum + this.#restarts[reason], 0);
  }

  /** What the watchdog may know of the thread that runs; null if none does. */
  get pulse(): Pulse | null {
    const { index, control } = this.#options;
    const seen = control.seen(index);
    if (this.#thread === null || seen === null) return null;
    return { worker: index, life: this.#life, beat: control.beatOf(index), seen };
  }

  post(message: MainMessage): void {
    this.#thread?.postMessage(message);
  }

  /** Asks the thread to finish what runs, within `drainMs`. Resolves when it has ended. */
  drain(drainMs: number): Promise<void> {
    this.#isDraining = true;
    if (this.#restartTimer !== null) clearTimeout(this.#restartTimer);
    if (this.#thread === null) this.#ended.resolve();
    this.post({ type: 'drain', drainMs });
    return this.#ended.promise;
  }

  /** Ends the thread at once, whatever it does. Outside a drain another one takes its place. */
  async terminate(reason: EndReason = 'failed'): Promise<void> {
    this.#endReason = reason;
    this.#isEnding = true;
    await this.#thread?.terminate();
  }

  #startThread(): void {
    const { index, settings, arena, control, currentGeneration, health, heap } = this.#options;
    this.#restartTimer = null;
    // Before the thread exists: from here on nothing that it may read is reused.
    control.acknowledge(index, currentGeneration());
    control.resetBeat(index);
    this.#life += 1;
    this.#isEnding = false;
    this.#endReason = 'failed';
    const workerData: WorkerStart = {
      workerIndex: index,
      listen: this.#listen,
      settings,
      arena,
      control: control.buffer,
      counters: this.counters.buffer,
      health: health.buffer,
    };
    const resourceLimits = heap();
    const thread = new Worker(ENTRY, { workerData, resourceLimits, name: `proxy-${index}` });
    thread.on('message', (message: WorkerMessage) => this.#receive(message));
    thread.on('error', (error) => this.#crash(error));
    thread.on('exit', (code) => this.#exit(code));
    this.#thread = thread;
    this.#startedAt = performance.now();
  }

  #receive(message: WorkerMessage): void {
    switch (message.type) {
      case 'listening':
        this.#isListening = true;
        this.#firstStart?.resolve(message.addresses);
        this.#firstStart = null;
        // A restarted worker listens where the first one did, whatever port 0 gave it.
        this.#listen = message.addresses;
        return;
      case 'listenFailed':
        this.#refuse(new ListenError(message.address, message.code));
        return;
      case 'adopted':
        this.#options.onPassed();
        return;
      case 'accessLogFailed':
        this.#options.onAccessLogFailed(message.code);
        return;
      case 'drained':
        return;
    }
  }

  #refuse(error: ListenError): void {
    const { index, log } = this.#options;
    if (this.#firstStart === null) log.error(error.message, { worker: index });
    else this.#firstStart.reject(error);
    this.#firstStart = null;
  }

  #crash(error: unknown): void {
    const { index, log } = this.#options;
    if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') {
      this.#endReason = 'memory';
      log.error('worker is out of memory', { worker: index });
    } else {
      log.error('worker failed', { worker: index, error });
    }
  }

  #exit(code: number): void {
    const { index, control, onPassed, log } = this.#options;
    this.#thread = null;
    this.#isListening = false;
    control.exempt(index);
    closeConnections(this.counters);
    onPassed();
    if (this.#isDraining) {
      this.#firstStart?.resolve([]);
      this.#firstStart = null;
      this.#ended.resolve();
    } else if (this.#firstStart !== null) {
      this.#firstStart.reject(new Error(`worker ${index} ended before it listened`));
      this.#firstStart = null;
    } else {
      const delayMs = this.#restartDelayMs();
      const reason = this.#endReason;
      log.warn('worker ended, starting it again', { worker: index, reason, code, delayMs });
      this.#restarts[reason] += 1;
      this.#restartTimer = setTimeout(() => this.#startThread(), delayMs);
    }
  }

  #restartDelayMs(): number {
    if (performance.now() - this.#startedAt >= limits.workerStableMs) this.#failures = 0;
    const delayMs = backoffMs(RESTART, this.#failures, Math.random());
    this.#failures += 1;
    return Math.round(delayMs);
  }
}

// A thread that dies takes its connections along and counts none of them as closed. No thread
// writes the counters at this moment.
function closeConnections(counters: WorkerCounters): void {
  const opened = counters.read('downstreamConnections');
  for (let closed = counters.read('downstreamConnectionsClosed'); closed < opened; closed += 1) {
    counters.increment('downstreamConnectionsClosed');
  }
}
