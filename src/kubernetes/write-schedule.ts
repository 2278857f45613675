// Which write goes next, and when: a queue of keys with a bounded rate, in which a key waits once
// however often it is asked for, and a write that failed comes again later. What is written is
// decided when its turn comes. It decides only; the caller owns the clock, chance and the requests.
//
//   add ──▶ urgent ──┐                       ┌─▶ succeeded: rests, then may go again
//       └─▶ routine ─┴─ a token ─▶ running ──┤
//              ▲                             └─▶ failed: waits, longer each time
//              └──────── waiting ◀───────────────────┘

import { assert } from '#base/assert.ts';
import { type Backoff, backoffMs } from '#base/backoff.ts';

export interface WriteScheduleOptions {
  /** Writes per second in the long run. */
  readonly perSecond: number;
  /** Writes that may go at once after a pause. */
  readonly burst: number;
  /** Writes under way at a time. */
  readonly runningMax: number;
  /** Keys that wait; more are turned away. */
  readonly waitingMax: number;
  /** A key that was written is left alone for so long. */
  readonly restMs: number;
  readonly retry: Backoff;
}

export interface Urgency {
  /** Goes before all that is routine. */
  readonly isUrgent: boolean;
}

interface Waiting extends Urgency {
  readonly dueAtMs: number;
}

const MS_PER_SECOND = 1_000;

/** All times are milliseconds of one monotonic clock, given by the caller. */
export class WriteSchedule {
  readonly #options: WriteScheduleOptions;
  /** In the order they came. */
  readonly #urgent = new Set<string>();
  readonly #routine = new Set<string>();
  /** To be queued at their time. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #running = new Map<string, Urgency>();
  /** When a key that was written may be written again; forgotten once that has passed. */
  readonly #restsUntil = new Map<string, number>();
  /** Failures in a row. */
  readonly #attempts = new Map<string, number>();
  #tokens: number;
  #tokensAtMs: number;

  constructor(options: WriteScheduleOptions, nowMs: number) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#tokensAtMs = nowMs;
  }

  get size(): number {
    return this.#urgent.size + this.#routine.size + this.#waiting.size;
  }

  /** Asks for a write of `key`. False if too many wait already. */
  add(key: string, { isUrgent }: Urgency, nowMs: number): boolean {
    // A key that failed keeps its time: to ask again must not beat the wait.
    if (this.#urgent.has(key) || this.#waiting.has(key)) return true;
    if (this.#routine.has(key)) {
      if (isUrgent) this.#enqueue(key, { isUrgent });
      return true;
    }
    if (this.size >= this.#options.waitingMax) return false;
    const dueAtMs = this.#restsUntil.get(key) ?? nowMs;
    if (dueAtMs > nowMs || this.#running.has(key)) this.#waiting.set(key, { isUrgent, dueAtMs });
    else this.#enqueue(key, { isUrgent });
    return true;
  }

  /** The key to write, which is running from here on; null if none may go at this moment. */
  take(nowMs: number): string | null {
    this.#settle(nowMs);
    if (this.#tokens < 1 || this.#running.size >= this.#options.runningMax) return null;
    const [key] = this.#urgent.size > 0 ? this.#urgent : this.#routine;
    if (key === undefined) return null;
    this.#running.set(key, { isUrgent: this.#urgent.delete(key) });
    this.#routine.delete(key);
    this.#tokens -= 1;
    return key;
  }

  /** When `take` has something, if nothing else happens; null if only a call can change that. */
  dueAtMs(nowMs: number): number | null {
    this.#settle(nowMs);
    const { runningMax, perSecond } = this.#options;
    if (this.#running.size >= runningMax) return null;
    const missing = Math.max(0, 1 - this.#tokens);
    const tokenAtMs = nowMs + (missing / perSecond) * MS_PER_SECOND;
    if (this.#urgent.size + this.#routine.size > 0) return tokenAtMs;
    const times = [...this.#waiting]
      .filter(([key]) => !this.#running.has(key))
      .map(([, { dueAtMs }]) => dueAtMs);
    if (times.length === 0) return null;
    return Math.max(
      tokenAtMs,
      times.reduce((a, b) => Math.min(a, b)),
    );
  }

  /** `key` needed no request, so it gives its token back. */
  skipped(key: string): void {
    this.#stop(key);
    this.#tokens = Math.min(this.#options.burst, this.#tokens + 1);
  }

  /** It was written, or is given up. */
  finished(key: string, nowMs: number): void {
    this.#stop(key);
    const { restMs } = this.#options;
    if (restMs === 0) return;
    this.#restsUntil.set(key, nowMs + restMs);
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) this.#waiting.set(key, { ...waiting, dueAtMs: nowMs + restMs });
  }

  /** It comes again. `jitter` is drawn from 0 to 1; `retryAfterMs` is what the server asks for. */
  failed(key: string, jitter: number, { nowMs, retryAfterMs }: Retry): void {
    const attempt = this.#attempts.get(key) ?? 0;
    const isUrgent = this.#running.get(key)?.isUrgent === true;
    this.#stop(key);
    this.#attempts.set(key, attempt + 1);
    const waitMs = Math.max(retryAfterMs ?? 0, backoffMs(this.#options.retry, attempt, jitter));
    this.#waiting.set(key, { isUrgent, dueAtMs: nowMs + waitMs });
  }

  /** Forgets all that waits; what runs goes on. */
  clear(): void {
    for (const keys of [this.#urgent, this.#routine, this.#waiting]) keys.clear();
    for (const keys of [this.#restsUntil, this.#attempts]) keys.clear();
  }

  #stop(key: string): void {
    assert(this.#running.delete(key), 'only what runs can end');
    this.#attempts.delete(key);
  }

  #enqueue(key: string, { isUrgent }: Urgency): void {
    this.#routine.delete(key);
    (isUrgent ? this.#urgent : this.#routine).add(key);
  }

  /** Tokens come in, and what has waited long enough is queued. */
  #settle(nowMs: number): void {
    const { perSecond, burst } = this.#options;
    const earned = ((nowMs - this.#tokensAtMs) / MS_PER_SECOND) * perSecond;
    this.#tokens = Math.min(burst, this.#tokens + earned);
    this.#tokensAtMs = nowMs;
    for (const [key, { isUrgent, dueAtMs }] of this.#waiting) {
      if (dueAtMs > nowMs || this.#running.has(key)) continue;
      this.#waiting.delete(key);
      this.#enqueue(key, { isUrgent });
    }
    for (const [key, untilMs] of this.#restsUntil) {
      if (untilMs > nowMs) break;
      this.#restsUntil.delete(key);
    }
  }
}

export interface Retry {
  readonly nowMs: number;
  readonly retryAfterMs: number | null;
}
