// Runs a WriteSchedule: timers, chance and requests. Writes that nobody may make at the moment, as
// when another leads, are dropped at their turn.

import { limits } from '#base/limits.ts';
import { ApiError } from './api-error.ts';
import type { FailureOutcome } from './write-failures.ts';
import { type Urgency, WriteSchedule, type WriteScheduleOptions } from './write-schedule.ts';

/** `idle`: nothing had to be written. */
export type WriteOutcome = 'written' | 'idle';

export interface WriteQueueOptions {
  readonly schedule: WriteScheduleOptions;
  /** Looks what `key` needs, and writes it. Throws ApiError. */
  readonly write: (key: string) => Promise<WriteOutcome>;
  /** What becomes of a write that threw. */
  readonly onFailure: (error: unknown, key: string) => FailureOutcome;
}

export class WriteQueue {
  readonly #options: WriteQueueOptions;
  readonly #schedule: WriteSchedule;
  readonly #running = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(options: WriteQueueOptions) {
    this.#options = options;
    this.#schedule = new WriteSchedule(options.schedule, performance.now());
  }

  /** Asks for a write of each key. How many were turned away because too many wait. */
  add(keys: ReadonlyMap<string, Urgency>): number {
    const nowMs = performance.now();
    const taken = [...keys].filter(([key, urgency]) => this.#schedule.add(key, urgency, nowMs));
    this.#arm();
    return keys.size - taken.length;
  }

  clear(): void {
    this.#schedule.clear();
  }

  /** Drops what waits, and resolves when what is under way has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await Promise.all(this.#running);
  }

  #arm(): void {
    if (this.#isClosed) return;
    const nowMs = performance.now();
    const dueAtMs = this.#schedule.dueAtMs(nowMs);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (dueAtMs === null) return;
    this.#timer = setTimeout(() => this.#turn(), Math.max(0, Math.ceil(dueAtMs - nowMs)));
  }

  #turn(): void {
    for (;;) {
      const key = this.#schedule.take(performance.now());
      if (key === null) break;
      const write = this.#write(key).finally(() => this.#running.delete(write));
      this.#running.add(write);
    }
    this.#arm();
  }

  async #write(key: string): Promise<void> {
    try {
      const outcome = await this.#options.write(key);
      if (outcome === 'idle') this.#schedule.skipped(key);
      else this.#schedule.finished(key, performance.now());
    } catch (error) {
      this.#fail(key, error);
    }
    this.#arm();
  }

  #fail(key: string, error: unknown): void {
    const outcome = this.#options.onFailure(error, key);
    const nowMs = performance.now();
    if (outcome === 'drop') {
      this.#schedule.finished(key, nowMs);
      return;
    }
    const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    const askedMs = Math.min(asked, limits.retryAfterMaxMs);
    const retryAfterMs = outcome === 'later' ? limits.clusterRefusedRetryMs : askedMs;
    this.#schedule.failed(key, Math.random(), { nowMs, retryAfterMs });
  }
}
