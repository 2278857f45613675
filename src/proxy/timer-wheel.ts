// All deadlines of a worker on one coarse timer. Putting a deadline off is one store: the wheel
// finds out when it comes round, and moves the deadline to the bucket of its time.
//
//   buckets   [0] [1] [2] ... [N-1]     each a ring of deadlines around a sentinel
//                  ^ tick % N           a tick empties one bucket: what is due fires,
//                                       what is not due yet moves on
//
// Time comes in through `advance`, so that the wheel runs in tests without a clock.

import { assert } from '#base/assert.ts';
import { limits } from '#base/limits.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** One thing that may be late. Its owner keeps it for life and sets it anew for each wait. */
export class Deadline {
  readonly #wheel: TimerWheel;
  readonly expire: () => void;
  /** When to fire, in ticks of the wheel; NEVER while cleared. */
  dueTick = NEVER;
  /** The tick whose bucket holds this; NEVER while none does. */
  heldTick = NEVER;
  previous: Deadline = this;
  next: Deadline = this;

  constructor(wheel: TimerWheel, expire: () => void) {
    this.#wheel = wheel;
    this.expire = expire;
  }

  /**
   * Fires `durationMs` from now, up to a tick late, unless set again, cleared or dropped before.
   */
  set(durationMs: number): void {
    this.dueTick = this.#wheel.tick + Math.ceil(durationMs / limits.timerTickMs) + 1;
    if (this.dueTick < this.heldTick) this.#wheel.hold(this);
  }

  clear(): void {
    this.dueTick = NEVER;
  }

  /** Takes it off the wheel, so that nothing refers to its owner any more. */
  drop(): void {
    this.dueTick = this.heldTick = NEVER;
    this.unlink();
  }

  unlink(): void {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.previous = this.next = this;
  }
}

export class TimerWheel {
  readonly #buckets: Deadline[];
  #startMs: number;
  tick = 0;

  constructor(nowMs: number) {
    this.#startMs = nowMs;
    this.#buckets = Array.from(
      { length: limits.timerWheelBuckets },
      () => new Deadline(this, () => {}),
    );
  }

  /** Puts a deadline into the bucket of its due time, or of the farthest tick there is. */
  hold(deadline: Deadline): void {
    deadline.unlink();
    deadline.heldTick = Math.min(deadline.dueTick, this.tick + this.#buckets.length - 1);
    const sentinel = this.#buckets[deadline.heldTick % this.#buckets.length]!;
    deadline.previous = sentinel.previous;
    deadline.next = sentinel;
    sentinel.previous.next = deadline;
    sentinel.previous = deadline;
  }

  /** Moves to `nowMs`, firing what is due. */
  advance(nowMs: number): void {
    let last = this.#tickAt(nowMs);
    assert(last >= this.tick, 'the clock of the timer wheel never goes back');
    const missed = last - this.tick - this.#buckets.length;
    if (missed > 0) {
      // The machine was suspended: time that nobody saw is not held against anyone.
      this.#startMs += missed * limits.timerTickMs;
      last = this.#tickAt(nowMs);
    }
    while (this.tick < last) {
      this.tick += 1;
      this.#empty(this.#buckets[this.tick % this.#buckets.length]!);
    }
  }

  #tickAt(nowMs: number): number {
    return Math.floor((nowMs - this.#startMs) / limits.timerTickMs);
  }

  /** Always takes the first: a deadline that fires may drop any other one, also of this bucket. */
  #empty(sentinel: Deadline): void {
    while (sentinel.next !== sentinel) {
      const deadline = sentinel.next;
      deadline.unlink();
      deadline.heldTick = NEVER;
      if (deadline.dueTick <= this.tick) {
        deadline.dueTick = NEVER;
        deadline.expire();
      } else if (deadline.dueTick !== NEVER) {
        this.hold(deadline);
      }
    }
  }
}
