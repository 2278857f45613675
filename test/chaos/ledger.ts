// What became of every request: right, wrong, failed, and whether a fault of the moment accounts
// for the failure. It keeps the longest pause that a client has seen.

import type { Answer, Model } from './model.ts';

/**
 * `refused`: nobody listened. `unaccepted`: a connection ended before its first answer began.
 * `broken`: one that had worked ended under a request. `truncated`: within an answer. `late`: no
 * answer in time. `tunnel`: an upgraded connection ended.
 */
export type Failure =
  | 'refused'
  | 'unaccepted'
  | 'broken'
  | 'truncated'
  | 'late'
  | 'tunnel'
  | 'status 500'
  | 'status 502'
  | 'status 503'
  | 'status 504';

/** What something that goes wrong may do to requests. */
export interface Allowance {
  readonly name: string;
  /** Failures that requests of this time may meet; a wrong answer never is among them. */
  readonly allows: readonly Failure[];
  /** Whether it may break this request; any of them without it. */
  readonly covers?: (asked: Asked) => boolean;
}

/** From the begin of a fault until all is well again. */
interface Episode {
  readonly fault: Allowance;
  readonly beginMs: number;
  endMs: number;
}

export interface Asked {
  /** A kind and a number: `keep-alive-1`. */
  readonly client: string;
  readonly host: string;
  /** Known to the pods, who say if they broke this very request. */
  readonly id: string;
  readonly beginMs: number;
  readonly reign: number | null;
}

const MESSAGES_MAX = 50;

export class Ledger {
  readonly #model: Model;
  readonly #episodes: Episode[] = [];
  readonly #permits = new Map<string, string>();
  readonly #lastRightMs = new Map<string, number>();
  readonly counts = { requests: 0, right: 0, wrong: 0, notAllowed: 0 };
  /** Right answers by kind of client. */
  readonly rightOf = new Map<string, number>();
  /** Failures that were allowed, by fault and failure. */
  readonly allowed = new Map<string, number>();
  /** What nothing accounts for; the first ones. */
  readonly complaints: string[] = [];
  complaintCount = 0;
  longestPause = { ms: 0, client: '', during: '' };

  constructor(model: Model) {
    this.#model = model;
  }

  begin(fault: Allowance): Episode {
    const times = { beginMs: performance.now(), endMs: Number.POSITIVE_INFINITY };
    const episode: Episode = { fault, ...times };
    this.#episodes.push(episode);
    return episode;
  }

  /** A pod breaks this request for a reason of its own. */
  permit(id: string, reason: string): void {
    this.#permits.set(id, reason);
  }

  ask(client: string, host: string, method: 'get' | 'post' = 'get'): Asked {
    this.counts.requests += 1;
    const id = `${client}-${this.counts.requests}-${method}`;
    return { client, host, id, beginMs: performance.now(), reign: this.#model.reign };
  }

  /** A request that the server said it has not looked at is not counted: it is asked anew. */
  withdraw(): void {
    this.counts.requests -= 1;
  }

  answered(asked: Asked, answer: Answer): void {
    const endMs = performance.now();
    const { host, beginMs, reign } = asked;
    const expected = this.#model.mayAnswer(host, beginMs, endMs);
    if (expected.has(answer)) {
      this.right(asked);
      this.#model.saw(host, answer, { beginMs, endMs, reign });
    } else if (/^50[0234]$/.test(answer)) {
      this.failed(asked, `status ${answer}` as Failure);
    } else {
      this.wrong(asked, `${answer} in place of ${[...expected].join(' or ')}`);
    }
  }

  right(asked: Asked): void {
    this.counts.right += 1;
    const kind = asked.client.replace(/-[0-9.]+$/, '');
    this.rightOf.set(kind, (this.rightOf.get(kind) ?? 0) + 1);
    this.#noteRight(asked, performance.now());
  }

  wrong(asked: Asked, what: string): void {
    this.counts.wrong += 1;
    this.complain(`WRONG ${this.#place(asked)}: ${what}`);
  }

  failed(asked: Asked, failure: Failure, detail = ''): void {
    const reason = this.#reasonFor(asked, failure);
    if (reason === null) {
      this.counts.notAllowed += 1;
      this.complain(`FAILED ${this.#place(asked)}: ${failure} ${detail}`);
      return;
    }
    const key = `${reason}: ${failure}`;
    this.allowed.set(key, (this.allowed.get(key) ?? 0) + 1);
  }

  complain(message: string): void {
    this.complaintCount += 1;
    if (this.complaints.length < MESSAGES_MAX) this.complaints.push(message);
  }

  #reasonFor(asked: Asked, failure: Failure): string | null {
    const permit = this.#permits.get(asked.id);
    if (permit !== undefined) return permit;
    const accounting = this.#episodes.findLast(
      ({ fault, endMs }) =>
        endMs >= asked.beginMs &&
        fault.allows.includes(failure) &&
        (fault.covers === undefined || fault.covers(asked)),
    );
    return accounting?.fault.name ?? null;
  }

  #noteRight({ client }: Asked, endMs: number): void {
    const lastMs = this.#lastRightMs.get(client) ?? endMs;
    this.#lastRightMs.set(client, endMs);
    if (endMs - lastMs <= this.longestPause.ms) return;
    this.longestPause = { ms: endMs - lastMs, client, during: this.#faultsBetween(lastMs, endMs) };
  }

  #place({ client, host, id, beginMs }: Asked): string {
    const nowMs = performance.now();
    const faults = this.#faultsBetween(beginMs, nowMs);
    return `${client} ${host} ${id} after ${Math.round(nowMs - beginMs)} ms, during ${faults}`;
  }

  #faultsBetween(fromMs: number, toMs: number): string {
    const faults = this.#episodes.filter(
      ({ beginMs, endMs }) => beginMs <= toMs && endMs >= fromMs,
    );
    return faults.map(({ fault }) => fault.name).join(', ') || 'no fault';
  }
}
