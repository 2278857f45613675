// The pods of the workload that this process runs in, as the API server knows them at the moment of
// asking. What follows from them is decided in node-addresses.ts.

import { limits } from '#base/limits.ts';
import type { ApiClient } from './api-client.ts';
import {
  externalAddresses,
  type GatewayPod,
  nodeAddresses,
  parsePods,
  selectorOfWorkload,
  servingPods,
} from './node-addresses.ts';
import type { WriteFailures } from './write-failures.ts';

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

export interface GatewayPodsOptions {
  readonly client: Pick<ApiClient, 'request'>;
  /** The pod of this process. */
  readonly pod: PodName;
  readonly failures: WriteFailures;
}

interface NodeRead {
  readonly addresses: readonly string[];
  readonly atMs: number;
}

export class GatewayPods {
  readonly #options: GatewayPodsOptions;
  /** By the name of the node. */
  #nodes = new Map<string, NodeRead>();
  /** Null until the own pod has been read. */
  #selector: string | null = null;

  constructor(options: GatewayPodsOptions) {
    this.#options = options;
  }

  /** Of the nodes that run a serving pod. Throws ApiError. */
  async addresses(): Promise<readonly string[]> {
    // An answer from the cache of the API server is as good, and costs etcd nothing.
    const pods = servingPods(await this.#list({ resourceVersion: '0' }));
    const onNodes = new Map(pods.map((pod) => [pod.node, pod]));
    const chosen = [...onNodes.keys()].sort().slice(0, limits.publishedAddressesMax);
    await this.#readNodes(chosen);
    const external = new Map([...this.#nodes].map(([node, { addresses }]) => [node, addresses]));
    return nodeAddresses(
      chosen.flatMap((node) => onNodes.get(node) ?? []),
      external,
    );
  }

  /** Whether a pod beside this one serves, and will. Throws ApiError. */
  async othersServe(): Promise<boolean> {
    const pods = await this.#list({});
    return servingPods(pods).some(({ name }) => name !== this.#options.pod.name);
  }

  async #list(query: Readonly<Record<string, string>>): Promise<readonly GatewayPod[]> {
    const { pod } = this.#options;
    const path = `/api/v1/namespaces/${pod.namespace}/pods`;
    this.#selector ??= selectorOfWorkload(await this.#get(`${path}/${pod.name}`, {}));
    // A pod without labels stands for itself.
    const selector =
      this.#selector === null
        ? { fieldSelector: `metadata.name=${pod.name}` }
        : { labelSelector: this.#selector };
    return parsePods(await this.#get(path, { ...query, ...selector }));
  }

  async #readNodes(names: readonly string[]): Promise<void> {
    const nowMs = performance.now();
    const kept = [...this.#nodes].filter(
      ([name, { atMs }]) => names.includes(name) && nowMs - atMs < limits.nodeAddressesKeptMs,
    );
    this.#nodes = new Map(kept);
    for (const name of names.filter((one) => !this.#nodes.has(one))) {
      this.#nodes.set(name, { addresses: await this.#readNode(name), atMs: nowMs });
    }
  }

  // By a list of one, for which the right to list nodes is enough.
  async #readNode(name: string): Promise<readonly string[]> {
    const query = { fieldSelector: `metadata.name=${name}`, resourceVersion: '0' };
    try {
      const list = (await this.#get('/api/v1/nodes', query)) as { items?: unknown[] };
      return externalAddresses(list.items?.[0]);
    } catch (error) {
      // The pod tells an address of the node as well.
      this.#options.failures.note(error, { verb: 'list', resource: 'nodes', namespace: '' });
      return [];
    }
  }

  async #get(path: string, query: Readonly<Record<string, string>>): Promise<unknown> {
    const signal = AbortSignal.timeout(limits.clusterWriteTimeoutMs);
    return this.#options.client.request({ method: 'GET', path, query, signal });
  }
}
