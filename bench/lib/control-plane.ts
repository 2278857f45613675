// The control plane from the Store to the control block, with its verify threads and no workers
// but those that a bench brings, for benches that change objects and wait until that is published.

import { createLog } from '#base/log.ts';
import { CompilePool } from '#control/compile-pool.ts';
import { Controller } from '#control/controller.ts';
import { ExternalNames } from '#control/external-names.ts';
import { Publisher } from '#control/publisher.ts';
import type { Resource } from '#kubernetes/resources.ts';
import { Store } from '#kubernetes/store.ts';
import { ControlBlock } from '#protocol/control-block.ts';
import { Arena } from '#snapshot/arena.ts';
import { TRANSLATE_OPTIONS } from './cluster-objects.ts';

const SEED = 1;

export class ControlPlane implements AsyncDisposable {
  readonly store = new Store();
  readonly arena = new Arena();
  readonly control: ControlBlock;
  readonly publisher: Publisher;
  readonly controller: Controller;
  readonly #pool = new CompilePool();
  readonly #externalNames: ExternalNames;
  #rebuilt = Promise.withResolvers<void>();

  /** `onPublished` is called as soon as a generation is in force. */
  constructor(workerCount = 1, onPublished: () => void = () => undefined) {
    this.control = ControlBlock.create(workerCount);
    this.publisher = new Publisher({ arena: this.arena, control: this.control, seed: SEED });
    this.#externalNames = new ExternalNames({
      servers: [],
      endpointOptions: TRANSLATE_OPTIONS,
      onChange: () => this.controller.changed(),
    });
    this.controller = new Controller({
      store: this.store,
      translateOptions: TRANSLATE_OPTIONS,
      externalNames: this.#externalNames,
      compile: { hosts: (hosts) => this.#pool.compile(hosts, SEED), seed: SEED },
      publisher: this.publisher,
      trials: null,
      sourceProblems: () => [],
      followSecrets: async () => false,
      onPublished,
      onRebuilt: () => this.#tellRebuilt(),
      log: createLog('error'),
    });
  }

  /** Resolves when the next rebuild has published its generation, or had nothing to publish. */
  get rebuilt(): Promise<void> {
    return this.#rebuilt.promise;
  }

  change(object: Resource): void {
    if (this.store.upsert(object)) this.controller.changed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.controller.close();
    this.#externalNames.close();
    await this.#pool.close();
  }

  #tellRebuilt(): void {
    const { resolve } = this.#rebuilt;
    this.#rebuilt = Promise.withResolvers();
    resolve();
  }
}
