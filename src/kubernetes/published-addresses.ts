// The addresses that Ingresses are to show: named by the operator, those of a Service, or those of
// the nodes. While this process leads they are looked at every few seconds; what is done with them
// is not known here.

import { isDeepStrictEqual } from 'node:util';
import { limits } from '#base/limits.ts';
import type { ApiClient } from './api-client.ts';
import type { GatewayPods } from './gateway-pods.ts';
import { publishable, serviceAddresses } from './node-addresses.ts';
import type { WriteFailures } from './write-failures.ts';

export type Publish =
  | { readonly type: 'addresses'; readonly addresses: readonly string[] }
  | { readonly type: 'service'; readonly namespace: string; readonly name: string }
  | { readonly type: 'nodes' };

export interface PublishedAddressesOptions {
  readonly client: Pick<ApiClient, 'request'>;
  readonly publish: Publish;
  /** Null outside of a cluster, where no address is known but what the operator names. */
  readonly pods: Pick<GatewayPods, 'addresses'> | null;
  readonly onChange: () => void;
  readonly failures: WriteFailures;
}

export class PublishedAddresses {
  readonly #options: PublishedAddressesOptions;
  #addresses: readonly string[] | null = null;
  /** As found at the last look. */
  #seen: readonly string[] | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isFollowing = false;

  constructor(options: PublishedAddressesOptions) {
    this.#options = options;
  }

  /** Sorted; null while they are not known. */
  get addresses(): readonly string[] | null {
    return this.#addresses;
  }

  /** Looks at once, and then again and again. */
  start(): void {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    this.#arm(0);
  }

  stop(): void {
    this.#isFollowing = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #arm(delayMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = this.#isFollowing ? setTimeout(() => this.#look(), delayMs) : null;
  }

  async #look(): Promise<void> {
    const found = await this.#find();
    if (found !== null) this.#take(found);
    const hasNone = this.#addresses === null || this.#addresses.length === 0;
    this.#arm(hasNone ? limits.addressesFirstLookMs : limits.addressesLookMs);
  }

  // Each change is written to all Ingresses: one that does not last, such as a pod that is replaced
  // on its node, is not worth it. The first addresses are.
  #take(found: readonly string[]): void {
    const isLasting = isDeepStrictEqual(found, this.#seen);
    this.#seen = found;
    const before = this.#addresses ?? [];
    if (before.length > 0 && !isLasting) return;
    if (this.#addresses !== null && isDeepStrictEqual(found, before)) return;
    this.#addresses = found;
    this.#options.onChange();
  }

  /** Null where they cannot be told. */
  async #find(): Promise<readonly string[] | null> {
    const { publish, pods, failures } = this.#options;
    if (publish.type === 'addresses') return publishable(publish.addresses);
    if (publish.type === 'service') return this.#ofService(publish);
    if (pods === null) return null;
    try {
      return await pods.addresses();
    } catch (error) {
      failures.note(error, { verb: 'list', resource: 'pods', namespace: '' });
      return null;
    }
  }

  // By a list of one, for which the right to list Services is enough.
  async #ofService({ namespace, name }: { namespace: string; name: string }) {
    const { client, failures } = this.#options;
    try {
      const list = (await client.request({
        method: 'GET',
        path: `/api/v1/namespaces/${namespace}/services`,
        query: { fieldSelector: `metadata.name=${name}`, resourceVersion: '0' },
        signal: AbortSignal.timeout(limits.clusterWriteTimeoutMs),
      })) as { items?: unknown[] };
      return serviceAddresses(list.items?.[0]);
    } catch (error) {
      failures.note(error, { verb: 'list', resource: 'services', namespace });
      return null;
    }
  }
}
