// Tells the cluster of Problems by Events, in a queue of bounded rate. What is told is decided in
// event-ledger.ts, how it looks in event-body.ts; who leads is decided elsewhere.

import { limits } from '#base/limits.ts';
import type { Log } from '#base/log.ts';
import type { ObjectRef, Problem } from '#base/problem.ts';
import type { ApiClient } from './api-client.ts';
import { ApiError } from './api-error.ts';
import {
  eventBody,
  eventName,
  isTold,
  parseEvent,
  type Reporter,
  repeatPatch,
  type ToldEvent,
} from './event-body.ts';
import { EventLedger, type Notice, type PlacedProblem } from './event-ledger.ts';
import type { Store } from './store.ts';
import type { FailureOutcome, WriteFailures } from './write-failures.ts';
import { type WriteOutcome, WriteQueue } from './write-queue.ts';

export interface EventWriterOptions {
  readonly client: Pick<ApiClient, 'request'>;
  readonly store: Pick<Store, 'find'>;
  readonly reporter: Reporter;
  readonly isLeader: () => boolean;
  readonly failures: WriteFailures;
  readonly log: Log;
}

export class EventWriter {
  readonly #options: EventWriterOptions;
  readonly #ledger = new EventLedger({
    entriesMax: limits.eventsStandingMax,
    ofNamespaceMax: limits.eventsOfNamespaceMax,
  });
  readonly #queue: WriteQueue;
  #wasFull = false;

  constructor(options: EventWriterOptions) {
    this.#options = options;
    this.#queue = new WriteQueue({
      schedule: {
        perSecond: limits.eventWritesPerSecond,
        burst: limits.eventWritesBurst,
        runningMax: limits.eventWritesRunningMax,
        waitingMax: 2 * limits.eventsStandingMax,
        restMs: limits.eventRestMs,
        retry: { baseMs: limits.clusterRetryBaseMs, maxMs: limits.clusterRetryMaxMs },
      },
      write: async (key) => this.#write(key),
      onFailure: (error, key) => this.#fail(error, key),
    });
  }

  /** `problems` are all that stand. */
  update(problems: readonly Problem[]): void {
    if (!this.#options.isLeader()) {
      this.#ledger.clear();
      return;
    }
    const placed = problems.flatMap((problem) => this.#place(problem));
    const { keys, untold } = this.#ledger.update(placed, (object, uid) => {
      return this.#uidOf(object) === uid;
    });
    this.#tellFull(untold);
    this.#queue.add(new Map(keys.map((key) => [key, { isUrgent: false }])));
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }

  #place(problem: Problem): PlacedProblem[] {
    const { object } = problem;
    return object === null ? [] : [{ problem, object, uid: this.#uidOf(object) }];
  }

  #uidOf(object: ObjectRef): string | null {
    return this.#options.store.find(object)?.uid ?? null;
  }

  #tellFull(untold: number): void {
    const isFull = untold > 0;
    if (isFull && !this.#wasFull) {
      this.#options.log.warn('more problems than events', { untold });
    }
    this.#wasFull = isFull;
  }

  async #write(key: string): Promise<WriteOutcome> {
    const notice = this.#options.isLeader() ? this.#ledger.due(key) : null;
    if (notice === null) return 'idle';
    if (!(await this.#create(notice))) await this.#repeat(notice);
    this.#ledger.told(key, notice);
    return 'written';
  }

  /** False if an event of that name is there. */
  async #create(notice: Notice): Promise<boolean> {
    try {
      await this.#post(notice);
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.reason === 'AlreadyExists') return false;
      throw error;
    }
  }

  async #post(notice: Notice): Promise<void> {
    const body = eventBody(notice, this.#options.reporter, Date.now());
    await this.#request('POST', pathOf(eventName(notice).namespace), body);
  }

  /** Another leader told it before, or we did and it was mended meanwhile. */
  async #repeat(notice: Notice): Promise<void> {
    const event = await this.#read(notice);
    // It expired between two requests.
    if (event === null) return this.#post(notice);
    const resolved =
      notice.message === null ? null : await this.#read({ ...notice, message: null });
    if (notice.message !== null && isTold(notice, event, resolved)) return;
    const { namespace, name } = eventName(notice);
    await this.#request('PATCH', pathOf(namespace, name), repeatPatch(notice, event, Date.now()));
  }

  async #read(notice: Notice): Promise<ToldEvent | null> {
    const { namespace, name } = eventName(notice);
    try {
      return parseEvent(await this.#request('GET', pathOf(namespace, name)));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  }

  async #request(method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown): Promise<unknown> {
    return this.#options.client.request({
      method,
      path,
      ...(body === undefined ? {} : { body }),
      ...(method === 'PATCH' ? { contentType: 'application/merge-patch+json' } : {}),
      signal: AbortSignal.timeout(limits.clusterWriteTimeoutMs),
    });
  }

  #fail(error: unknown, key: string): FailureOutcome {
    const [, namespace = ''] = JSON.parse(key) as string[];
    return this.#options.failures.note(error, { verb: 'create', resource: 'events', namespace });
  }
}

function pathOf(namespace: string, name: string | null = null): string {
  const events = `/api/v1/namespaces/${namespace}/events`;
  return name === null ? events : `${events}/${name}`;
}
