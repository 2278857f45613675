// The control block: the few words of shared memory through which the main thread and the workers
// agree on which snapshot is in force. Touched only through Atomics.
//
//   line 0   ROOT            main writes, workers read: offset of the snapshot's root record
//            CANARY_WORKER   likewise: 1 + the worker that has a root of its own; 0 for none
//            CANARY_ROOT     likewise: the offset of that one, stored before its worker
//   line 1   CONNECTIONS_MAX main writes, workers read: how many each worker may hold, its share of
//            the descriptors of the process
//   line 2+w SEEN of worker w: the generation it has adopted; EXEMPT while no thread runs
//            BEAT of worker w: it adds one in each tick, so that a thread that hangs is noticed;
//            the main thread sets it to 0 before each thread
//
// A line is 64 bytes, so that no two writers share a cache line.

import { limits } from '#base/limits.ts';

const WORDS_PER_LINE = 16;
const ROOT = 0;
const CANARY_WORKER = 1;
const CANARY_ROOT = 2;
const CONNECTIONS_MAX = 1 * WORDS_PER_LINE;
const SEEN = 2 * WORDS_PER_LINE;
const BEAT = SEEN + 1;
const EXEMPT = -1;

export class ControlBlock {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
  }

  /** For so many workers at most. */
  static create(capacity: number): ControlBlock {
    const block = new ControlBlock(
      new SharedArrayBuffer((SEEN + capacity * WORDS_PER_LINE) * Int32Array.BYTES_PER_ELEMENT),
    );
    for (let worker = 0; worker < capacity; worker += 1) block.exempt(worker);
    block.shareConnections(limits.downstreamConnectionsMax);
    return block;
  }

  static attach(buffer: SharedArrayBuffer): ControlBlock {
    return new ControlBlock(buffer);
  }

  /** Offset in bytes of the root record in force; 0 before the first publication. */
  get root(): number {
    return Atomics.load(this.#words, ROOT) >>> 0;
  }

  /** The one store that puts a snapshot in force. */
  publish(root: number): void {
    Atomics.store(this.#words, ROOT, root);
  }

  /** The same for one worker, which may have a root of its own. */
  rootOf(worker: number): number {
    const isCanary = Atomics.load(this.#words, CANARY_WORKER) === worker + 1;
    return Atomics.load(this.#words, isCanary ? CANARY_ROOT : ROOT) >>> 0;
  }

  /** Gives one worker a root of its own, or another one. */
  publishCanary(worker: number, root: number): void {
    Atomics.store(this.#words, CANARY_ROOT, root);
    Atomics.store(this.#words, CANARY_WORKER, worker + 1);
  }

  /** All workers have the same root again. */
  endCanary(): void {
    Atomics.store(this.#words, CANARY_WORKER, 0);
  }

  /** Client connections that each worker may hold. */
  get connectionsMax(): number {
    return Atomics.load(this.#words, CONNECTIONS_MAX);
  }

  shareConnections(perWorker: number): void {
    Atomics.store(this.#words, CONNECTIONS_MAX, perWorker);
  }

  /** Says that worker `worker` reads nothing older than `generation` any more. */
  acknowledge(worker: number, generation: number): void {
    Atomics.store(this.#words, SEEN + worker * WORDS_PER_LINE, generation);
  }

  /** Says that the event loop of worker `worker` turns. */
  beat(worker: number): void {
    Atomics.add(this.#words, BEAT + worker * WORDS_PER_LINE, 1);
  }

  /** Says that another thread begins as worker `worker`. */
  resetBeat(worker: number): void {
    Atomics.store(this.#words, BEAT + worker * WORDS_PER_LINE, 0);
  }

  /** How often the thread has beaten, modulo 2^32; 0 before its event loop turns. */
  beatOf(worker: number): number {
    return Atomics.load(this.#words, BEAT + worker * WORDS_PER_LINE);
  }

  /** Says that no thread runs as worker `worker`, so that no memory waits for it. */
  exempt(worker: number): void {
    Atomics.store(this.#words, SEEN + worker * WORDS_PER_LINE, EXEMPT);
  }

  /** The generation that worker `worker` has adopted; null while no thread runs as it. */
  seen(worker: number): number | null {
    const generation = Atomics.load(this.#words, SEEN + worker * WORDS_PER_LINE);
    return generation === EXEMPT ? null : generation;
  }

  /** Numbers of workers there may be: from 0 to one less. */
  get capacity(): number {
    return (this.#words.length - SEEN) / WORDS_PER_LINE;
  }
}
