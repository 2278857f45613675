// The cluster source over a test API server, and the Store that it feeds.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ApiClient } from '#kubernetes/api-client.ts';
import { ClusterSource } from '#kubernetes/cluster-source.ts';
import type { CollectionScope } from '#kubernetes/collections.ts';
import { Store } from '#kubernetes/store.ts';
import { ApiServer } from './apiserver/api-server.ts';
import { KeptLog } from './kept-log.ts';

/** Far above what any wait takes. */
export const PATIENCE = { timeout: 15_000, interval: 2 };
const EVERYWHERE: CollectionScope = { namespaces: [], controllerNamespace: null, nodeName: null };

interface Parts {
  readonly server: ApiServer;
  readonly client: ApiClient;
  readonly directory: string;
  readonly scope: CollectionScope;
}

export class ClusterScene implements AsyncDisposable {
  readonly server: ApiServer;
  readonly store = new Store();
  readonly log = new KeptLog();
  readonly source: ClusterSource;
  readonly #client: ApiClient;
  readonly #directory: string;
  /** What the Store held at each call of onChange. */
  readonly history: string[] = [];

  private constructor({ server, client, directory, scope }: Parts) {
    this.server = server;
    this.#client = client;
    this.#directory = directory;
    const { store, log } = this;
    const onChange = (): void => {
      this.history.push(this.ingresses());
    };
    this.source = new ClusterSource({ client, store, log, onChange, ...scope });
  }

  static async of(options: { scope?: Partial<CollectionScope>; token?: string } = {}) {
    const server = await ApiServer.start();
    const directory = await mkdtemp(join(tmpdir(), 'headgate-'));
    const kubeconfig = await server.writeKubeconfig(directory, { token: options.token });
    const client = await ApiClient.connect({ kubeconfig });
    return new ClusterScene({
      server,
      client,
      directory,
      scope: { ...EVERYWHERE, ...options.scope },
    });
  }

  /** The Ingresses with their versions, sorted. */
  ingresses(): string {
    const versions = this.store.ingresses().map(({ name, ingressClassName }) => {
      return `${name}=${ingressClassName}`;
    });
    return versions.sort().join(' ');
  }

  async holds(ingresses: string): Promise<void> {
    await expect.poll(() => this.ingresses(), PATIENCE).toBe(ingresses);
  }

  /** How many requests asked for Ingresses in this way. */
  asked(verb: 'list' | 'watch'): number {
    const requests = this.server.requests.filter(({ resource }) => {
      return resource?.verb === verb && resource.kind.kind === 'Ingress';
    });
    return requests.length;
  }

  async hasWatches(count: number): Promise<void> {
    await this.server.until(() => this.server.watchCount === count);
  }

  warnings(): string[] {
    return this.log.lines.map(({ message, fields }) => `${message}: ${fields.path ?? ''}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.source.close();
    this.#client.close();
    await this.server[Symbol.asyncDispose]();
    await rm(this.#directory, { recursive: true });
  }
}
