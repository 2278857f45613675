// Who leads, by the rules of client-go's leader election: one Lease, written over by whoever holds
// it, free for others when its holder has been silent for its duration. It decides; requests and
// timers are leader.ts's matter. Moments are milliseconds of this machine's own monotonic clock:
// the times in the Lease come from other clocks and are never compared with it.
//
//   sent        the answer arrives
//    |------------- renewDeadline ------------| the holder steps down
//         |--- a candidate sees the renewal
//         |------------------- lease duration ------------------| the candidate may take it

import { assert } from '#base/assert.ts';
import type { Lease } from './lease.ts';

export interface ElectionTimes {
  /** How long a silent holder is left alone. */
  readonly leaseDurationMs: number;
  /** How long a holder leads after the last renewal that it knows to have succeeded. */
  readonly renewDeadlineMs: number;
  /** Between two tries. */
  readonly retryPeriodMs: number;
}

/** Candidates wait for up to this much longer than the period, as in client-go. */
const JITTER_FACTOR = 1.2;

/** What to do: look at the Lease, or write over it; `over` is null where there is none. */
export type ElectionStep =
  | { readonly type: 'read' }
  | { readonly type: 'write'; readonly over: Lease | null };

export class LeaderElection {
  readonly #identity: string;
  readonly #times: ElectionTimes;
  /** As this candidate saw it change last, and when that was. */
  #observed: Lease | null = null;
  #observedAtMs = Number.NEGATIVE_INFINITY;
  /** The Lease as we wrote it last; null where somebody may have written since. */
  #held: Lease | null = null;
  #leadsUntilMs = Number.NEGATIVE_INFINITY;
  #dueAtMs = Number.NEGATIVE_INFINITY;

  constructor(identity: string, times: ElectionTimes) {
    assert(identity !== '', 'a candidate has a name');
    assert(times.retryPeriodMs < times.renewDeadlineMs, 'a holder has time to try again');
    assert(times.renewDeadlineMs < times.leaseDurationMs, 'it steps down before others step up');
    this.#identity = identity;
    this.#times = times;
  }

  isLeader(nowMs: number): boolean {
    return nowMs < this.#leadsUntilMs;
  }

  /** When this candidate stops leading unless it renews; in the past if it does not lead. */
  get leadsUntilMs(): number {
    return this.#leadsUntilMs;
  }

  /** When to try again. */
  get dueAtMs(): number {
    return this.#dueAtMs;
  }

  /** Begins a try. `jitter` is drawn at random from 0 to 1. */
  begin(nowMs: number, jitter: number): ElectionStep {
    const { retryPeriodMs } = this.#times;
    // A holder keeps to its period: nobody competes with it.
    const factor = this.isLeader(nowMs) ? 1 : 1 + JITTER_FACTOR * jitter;
    this.#dueAtMs = nowMs + retryPeriodMs * factor;
    return this.#held === null ? { type: 'read' } : { type: 'write', over: this.#held };
  }

  /** The Lease was read; null if there is none. Null: it is somebody else's, for the time being. */
  read(lease: Lease | null, nowMs: number): ElectionStep | null {
    // Without a Lease any candidate may make one, and so lead, before our deadline.
    if (lease?.holder !== this.#identity) this.#leadsUntilMs = Number.NEGATIVE_INFINITY;
    if (lease === null) return { type: 'write', over: null };
    if (this.#observed === null || !isSameTerm(this.#observed, lease)) {
      this.#observedAtMs = nowMs;
    }
    this.#observed = lease;
    if (lease.holder === '' || lease.holder === this.#identity)
      return { type: 'write', over: lease };
    const freeAtMs = this.#observedAtMs + (lease.durationMs ?? this.#times.leaseDurationMs);
    if (nowMs >= freeAtMs) return { type: 'write', over: lease };
    // Whoever sees it expire is there at that moment.
    this.#dueAtMs = Math.min(this.#dueAtMs, freeAtMs);
    return null;
  }

  /** The write that was sent at `sentAtMs` is in force, as `lease`. */
  written(lease: Lease, sentAtMs: number): void {
    this.#held = lease;
    this.#observed = lease;
    // Counted from before the request, since the server may have taken it at once.
    this.#observedAtMs = sentAtMs;
    this.#leadsUntilMs = sentAtMs + this.#times.renewDeadlineMs;
  }

  /**
   * Somebody else wrote since (409), or removed the Lease (404): the next try looks who. Until then
   * it leads, since whoever takes over a Lease has to wait for longer than our deadline.
   */
  refused(): void {
    this.#held = null;
  }

  /** Leads no longer, whatever the Lease says. */
  stepDown(): void {
    this.#held = null;
    this.#leadsUntilMs = Number.NEGATIVE_INFINITY;
    this.#dueAtMs = Number.POSITIVE_INFINITY;
  }
}

function isSameTerm(a: Lease, b: Lease): boolean {
  return (
    a.holder === b.holder &&
    a.renewTime === b.renewTime &&
    a.acquireTime === b.acquireTime &&
    a.transitions === b.transitions
  );
}
