// Keeps the status of the Ingresses as it should be, one patch each, in a queue of bounded rate.
// What is right is decided in status-change.ts; who leads is decided elsewhere.

import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '#base/limits.ts';
import type { ApiClient } from './api-client.ts';
import { parseIngressStatus } from './parse-ingress.ts';
import { Reader } from './reader.ts';
import type { Ingress, IngressStatus } from './resources.ts';
import { statusChange, statusPatch } from './status-change.ts';
import type { Store } from './store.ts';
import type { FailureOutcome, WriteFailures } from './write-failures.ts';
import { type WriteOutcome, WriteQueue } from './write-queue.ts';
import type { Urgency } from './write-schedule.ts';

export interface StatusWriterOptions {
  readonly client: Pick<ApiClient, 'request'>;
  readonly store: Pick<Store, 'ingresses' | 'ingress'>;
  /** Those that this controller answers for. */
  readonly taken: () => Iterable<Ingress>;
  /** Null while they are not known. */
  readonly addresses: () => readonly string[] | null;
  /** The field manager under whose name it writes. */
  readonly manager: string;
  readonly isLeader: () => boolean;
  readonly failures: WriteFailures;
}

/** What a write answered, until the watch brings it. */
interface Written {
  /** The version that was written over. */
  readonly over: string;
  readonly status: IngressStatus;
}

export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #queue: WriteQueue;
  /** By key. */
  readonly #written = new Map<string, Written>();
  #taken: ReadonlySet<string> = new Set();
  /** The last pod of all ends: no Ingress has an address. */
  #isClearing = false;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
    this.#queue = new WriteQueue({
      schedule: {
        perSecond: limits.statusWritesPerSecond,
        burst: limits.statusWritesBurst,
        runningMax: limits.statusWritesRunningMax,
        waitingMax: limits.statusWritesWaitingMax,
        restMs: 0,
        retry: { baseMs: limits.clusterRetryBaseMs, maxMs: limits.clusterRetryMaxMs },
      },
      write: async (key) => this.#write(key),
      onFailure: (error, key) => this.#fail(error, key),
    });
  }

  /** Looks at all Ingresses, and has those written whose status is not as it should be. */
  sync(): void {
    const { store, taken, isLeader } = this.#options;
    if (!isLeader()) return;
    this.#taken = new Set([...taken()].map(keyOf));
    for (const key of this.#written.keys()) {
      const { namespace, name } = nameOf(key);
      if (store.ingress(namespace, name) === null) this.#written.delete(key);
    }
    const pending = this.#pending().map((one): [string, Urgency] => [keyOf(one), urgencyOf(one)]);
    this.#queue.add(new Map(pending));
  }

  /** Takes our addresses off all Ingresses, until the signal at most. Never rejects. */
  async clearAll(signal: AbortSignal): Promise<void> {
    this.#isClearing = true;
    this.#queue.clear();
    while (!signal.aborted && this.#options.isLeader()) {
      const keys = this.#pending().map(keyOf).values();
      const writers = Array.from({ length: limits.clusterClearRunningMax }, () =>
        this.#clearEach(keys, signal),
      );
      const outcomes = await Promise.all(writers);
      if (!outcomes.includes('retry')) return;
      // What changed meanwhile comes with the watch.
      await delay(limits.clusterRetryBaseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }

  async #clearEach(keys: Iterable<string>, signal: AbortSignal): Promise<FailureOutcome> {
    let outcome: FailureOutcome = 'drop';
    for (const key of keys) {
      if (signal.aborted) break;
      try {
        await this.#write(key);
      } catch (error) {
        if (this.#fail(error, key) === 'retry') outcome = 'retry';
      }
    }
    return outcome;
  }

  #pending(): Ingress[] {
    return this.#options.store.ingresses().filter((ingress) => this.#change(ingress) !== null);
  }

  #change(ingress: Ingress): readonly string[] | null {
    const status = this.#statusOf(ingress);
    if (status === null) return null;
    const { addresses, manager } = this.#options;
    const isTaken = !this.#isClearing && this.#taken.has(keyOf(ingress));
    return statusChange({ status, isTaken, addresses: addresses(), manager });
  }

  /** As the watch told it, or as we have written it since. */
  #statusOf(ingress: Ingress): IngressStatus | null {
    const key = keyOf(ingress);
    const written = this.#written.get(key);
    if (written === undefined) return ingress.status;
    if (written.over === ingress.status?.version) return written.status;
    this.#written.delete(key);
    return ingress.status;
  }

  async #write(key: string): Promise<WriteOutcome> {
    const { client, store, manager, isLeader } = this.#options;
    const { namespace, name } = nameOf(key);
    const ingress = store.ingress(namespace, name);
    const change = ingress === null || !isLeader() ? null : this.#change(ingress);
    if (!ingress?.status || change === null) return 'idle';
    const { version } = ingress.status;
    const answer = await client.request({
      method: 'PATCH',
      path: `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses/${name}/status`,
      query: { fieldManager: manager },
      contentType: 'application/merge-patch+json',
      body: statusPatch(version, change),
      signal: AbortSignal.timeout(limits.clusterWriteTimeoutMs),
    });
    const status = parseIngressStatus(Reader.of(answer, []));
    if (status !== null) this.#written.set(key, { over: version, status });
    return 'written';
  }

  #fail(error: unknown, key: string): FailureOutcome {
    const { namespace } = nameOf(key);
    const access = { verb: 'patch', resource: 'ingresses/status', namespace } as const;
    return this.#options.failures.note(error, access);
  }
}

/** Whoever made an Ingress waits for its first address; the others have one. */
function urgencyOf({ status }: Ingress): Urgency {
  return { isUrgent: status?.addresses.length === 0 };
}

function keyOf({ namespace, name }: Ingress): string {
  return `${namespace}/${name}`;
}

function nameOf(key: string): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
