// All that Headgate writes to the cluster: one of its processes leads, and keeps the status of the
// Ingresses and the Events about Problems as they should be. It decides when; each of its parts
// knows what. Routing never waits for it and never learns whether it succeeds.

import { hostname } from 'node:os';
import { contentDigest } from '#base/hash.ts';
import { Holdoff } from '#base/holdoff.ts';
import { limits } from '#base/limits.ts';
import type { Log } from '#base/log.ts';
import type { Problem } from '#base/problem.ts';
import type { ApiClient } from '#kubernetes/api-client.ts';
import { EventWriter } from '#kubernetes/event-writer.ts';
import { GatewayPods } from '#kubernetes/gateway-pods.ts';
import { Leader } from '#kubernetes/leader.ts';
import type { LeaseName } from '#kubernetes/lease.ts';
import { type Publish, PublishedAddresses } from '#kubernetes/published-addresses.ts';
import type { Ingress } from '#kubernetes/resources.ts';
import { StatusWriter } from '#kubernetes/status-writer.ts';
import type { Store } from '#kubernetes/store.ts';
import { WriteFailures } from '#kubernetes/write-failures.ts';

const MANAGER_DIGITS = 16;

export interface ClusterWriterOptions {
  readonly client: Pick<ApiClient, 'request'>;
  readonly store: Store;
  /** The Ingresses that this controller answers for. */
  readonly taken: () => Iterable<Ingress>;
  /** All that stand. */
  readonly problems: () => readonly Problem[];
  readonly lease: LeaseName;
  /** The name of this process's pod, in the namespace of the Lease; null outside of a cluster. */
  readonly podName: string | null;
  readonly publish: Publish;
  /** As in `spec.controller` of an IngressClass. */
  readonly controllerName: string;
  readonly log: Log;
}

export class ClusterWriter {
  readonly #options: ClusterWriterOptions;
  readonly #leader: Leader;
  readonly #pods: GatewayPods | null;
  readonly #addresses: PublishedAddresses;
  readonly #status: StatusWriter;
  readonly #events: EventWriter;
  readonly #holdoff = new Holdoff({
    quietMs: limits.clusterSyncQuietMs,
    waitMaxMs: limits.clusterSyncWaitMaxMs,
  });
  #timer: NodeJS.Timeout | null = null;
  #life: 'idle' | 'writing' | 'ended' = 'idle';

  constructor(options: ClusterWriterOptions) {
    const { client, store, lease, podName, publish, controllerName, log } = options;
    const instance = podName ?? `${hostname()}_${process.pid}`;
    const failures = new WriteFailures(log);
    const pod = podName === null ? null : { namespace: lease.namespace, name: podName };
    const isLeader = (): boolean => this.isLeader;
    const onChange = (): void => this.changed();
    this.#options = options;
    this.#pods = pod === null ? null : new GatewayPods({ client, pod, failures });
    this.#addresses = new PublishedAddresses({
      client,
      publish,
      pods: this.#pods,
      onChange,
      failures,
    });
    this.#leader = new Leader({
      client,
      lease,
      identity: instance,
      onChange: () => this.#lead(),
      failures,
      log,
    });
    this.#status = new StatusWriter({
      client,
      store,
      taken: options.taken,
      addresses: () => this.#addresses.addresses,
      manager: fieldManager(lease),
      isLeader,
      failures,
    });
    const reporter = { controller: controllerName, instance };
    this.#events = new EventWriter({ client, store, reporter, isLeader, failures, log });
  }

  get isLeader(): boolean {
    return this.#leader.isLeader;
  }

  start(): void {
    this.#life = 'writing';
    this.#leader.start();
    this.#schedule();
  }

  /** The Store or the Problems have changed. */
  changed(): void {
    this.#holdoff.request(performance.now());
    this.#schedule();
  }

  /**
   * The orderly end: the last pod that serves takes the addresses off all Ingresses; then the Lease
   * is given back. The Store should be kept up to date until then. Never rejects.
   */
  async close(): Promise<void> {
    // Who never began has written nothing, and was never the last that served.
    const hasWritten = this.#life === 'writing';
    this.#life = 'ended';
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (!hasWritten) return;
    this.#addresses.stop();
    const isLast = !(await this.#othersServe());
    await this.#leader.stop({ claim: isLast });
    if (isLast) await this.#status.clearAll(AbortSignal.timeout(limits.clusterClearMs));
    await Promise.all([this.#status.close(), this.#events.close()]);
    await this.#leader.release();
  }

  async #othersServe(): Promise<boolean> {
    if (this.#pods === null) return false;
    // Who cannot tell leaves the addresses: they may be right.
    return this.#pods.othersServe().catch(() => true);
  }

  #lead(): void {
    if (this.isLeader && this.#life === 'writing') this.#addresses.start();
    else this.#addresses.stop();
    this.changed();
  }

  #schedule(): void {
    if (this.#life !== 'writing') return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const nowMs = performance.now();
    const dueMs = (this.#holdoff.dueAt() ?? nowMs + limits.clusterResyncMs) - nowMs;
    this.#timer = setTimeout(() => this.#sync(), Math.max(0, Math.ceil(dueMs)));
  }

  #sync(): void {
    this.#holdoff.started();
    this.#status.sync();
    this.#events.update(this.#options.problems());
    this.#holdoff.finished(performance.now());
    this.#schedule();
  }
}

/**
 * Two Headgates of one cluster, each with a Lease of its own, must not take each other's writes for
 * theirs. The API server bounds the name to 128 characters, which the names themselves may exceed.
 */
function fieldManager({ namespace, name }: LeaseName): string {
  return `headgate/${contentDigest(`${namespace}/${name}`).slice(0, MANAGER_DIGITS)}`;
}
