// A candidate for the lead: keeps asking for the Lease, and gives it back at an orderly end. Who
// wins is decided in leader-election.ts; what a leader does is not known here.

import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '#base/limits.ts';
import type { Log } from '#base/log.ts';
import type { ApiClient } from './api-client.ts';
import { ApiError } from './api-error.ts';
import { type ElectionStep, LeaderElection } from './leader-election.ts';
import { type Lease, type LeaseName, leaseBody, parseLease } from './lease.ts';
import type { WriteFailures } from './write-failures.ts';

export interface LeaderOptions {
  readonly client: Pick<ApiClient, 'request'>;
  readonly lease: LeaseName;
  /** Names this process among the candidates, and nobody else. */
  readonly identity: string;
  /** It leads, or it leads no longer. */
  readonly onChange: (isLeader: boolean) => void;
  readonly failures: WriteFailures;
  readonly log: Log;
}

export class Leader {
  readonly #options: LeaderOptions;
  readonly #election: LeaderElection;
  readonly #path: string;
  readonly #end = new AbortController();
  #wasLeader = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: LeaderOptions) {
    this.#options = options;
    this.#election = new LeaderElection(options.identity, {
      leaseDurationMs: limits.leaseDurationMs,
      renewDeadlineMs: limits.leaseRenewDeadlineMs,
      retryPeriodMs: limits.leaseRetryPeriodMs,
    });
    const { namespace } = options.lease;
    this.#path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** True until the deadline, however late a timer may be. */
  get isLeader(): boolean {
    return this.#election.isLeader(performance.now());
  }

  /**
   * Stops asking; it leads on until its deadline or until it gives the Lease back. With `claim` it
   * asks once more, for a Lease that another may have given back a moment ago. Never rejects.
   */
  async stop({ claim }: { readonly claim: boolean }): Promise<void> {
    this.#end.abort();
    await this.#loop;
    if (claim && !this.isLeader) await this.#try();
    this.#tellChange();
  }

  /** Gives the Lease back if it is ours: a successor takes it with its next try. Never rejects. */
  async release(): Promise<void> {
    this.#election.stepDown();
    this.#tellChange();
    // It is ours too if the answer to our last renewal was lost, so the Lease itself is asked.
    const lease = await this.#attempt(() => this.#get(), 'get');
    if (lease?.holder !== this.#options.identity) return;
    await this.#attempt(() => this.#write(lease, ''), 'update');
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      await this.#try();
      this.#tellChange();
      await this.#sleepUntilDue(signal);
    }
  }

  async #sleepUntilDue(signal: AbortSignal): Promise<void> {
    const { dueAtMs, leadsUntilMs } = this.#election;
    // A renewal that fails must not outlast the lead: it is told the moment that it is lost.
    const endsBefore = this.#wasLeader && leadsUntilMs < dueAtMs;
    const waitMs = (endsBefore ? leadsUntilMs : dueAtMs) - performance.now();
    await delay(Math.max(0, Math.ceil(waitMs)), undefined, { signal }).catch(() => undefined);
    this.#tellChange();
  }

  async #try(): Promise<void> {
    const step = this.#election.begin(performance.now(), Math.random());
    const writing = step.type === 'read' ? await this.#attempt(() => this.#read(), 'get') : step;
    if (writing?.type !== 'write') return;
    await this.#attempt(
      () => this.#take(writing.over),
      writing.over === null ? 'create' : 'update',
    );
  }

  async #read(): Promise<ElectionStep | null> {
    const lease = await this.#get();
    return this.#election.read(lease, performance.now());
  }

  async #get(): Promise<Lease | null> {
    const { client, lease } = this.#options;
    const path = `${this.#path}/${lease.name}`;
    try {
      return parseLease(await client.request({ method: 'GET', path, signal: this.#deadline() }));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  }

  async #take(over: Lease | null): Promise<void> {
    const sentAtMs = performance.now();
    try {
      this.#election.written(await this.#write(over, this.#options.identity), sentAtMs);
    } catch (error) {
      const status = error instanceof ApiError ? error.status : 0;
      if (status === 409 || status === 404) this.#election.refused();
      throw error;
    }
  }

  async #write(over: Lease | null, holder: string): Promise<Lease> {
    const { client, lease } = this.#options;
    // Given back, it says a second as client-go does, for readers that want a number above 0.
    const durationMs = holder === '' ? 1 : limits.leaseDurationMs;
    const body = leaseBody({ name: lease, over, holder, durationMs, wallMs: Date.now() });
    const path = over === null ? this.#path : `${this.#path}/${lease.name}`;
    const method = over === null ? 'POST' : 'PUT';
    return parseLease(await client.request({ method, path, body, signal: this.#deadline() }));
  }

  /** Null where the API server did not do it; the next try comes anyway. */
  async #attempt<T>(
    request: () => Promise<T>,
    verb: 'get' | 'create' | 'update',
  ): Promise<T | null> {
    try {
      return await request();
    } catch (error) {
      const { namespace } = this.#options.lease;
      this.#options.failures.note(error, { verb, resource: 'leases', namespace });
      return null;
    }
  }

  /** A request that hangs must leave time for another before the renewal is too late. */
  #deadline(): AbortSignal {
    return AbortSignal.timeout(limits.leaseRequestTimeoutMs);
  }

  #tellChange(): void {
    const { isLeader } = this;
    if (isLeader === this.#wasLeader) return;
    this.#wasLeader = isLeader;
    const { lease, identity, onChange, log } = this.#options;
    const fields = { lease: `${lease.namespace}/${lease.name}`, identity };
    if (isLeader) log.info('leads: status and events are written from here', fields);
    else log.info('leads no longer', fields);
    onChange(isLeader);
  }
}
