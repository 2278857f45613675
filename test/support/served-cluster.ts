// The control plane over a test API server, without threads and workers: from the watches to the
// published bytes. It says what is in force, and what should be.

import { finish } from '#base/sliced.ts';
import { buildSnapshot } from '#compile/build-snapshot.ts';
import { compileHost } from '#compile/compile-host.ts';
import { Controller } from '#control/controller.ts';
import { ExternalNames } from '#control/external-names.ts';
import { Publisher } from '#control/publisher.ts';
import { ApiClient } from '#kubernetes/api-client.ts';
import { ClusterSource } from '#kubernetes/cluster-source.ts';
import { KINDS } from '#kubernetes/kinds.ts';
import { parse } from '#kubernetes/parse.ts';
import { Store } from '#kubernetes/store.ts';
import { printPlan } from '#plan/print-plan.ts';
import { ControlBlock } from '#protocol/control-block.ts';
import { Arena } from '#snapshot/arena.ts';
import { dumpSnapshot } from '#snapshot/dump.ts';
import { EndpointTranslator } from '#translate/endpoint-translator.ts';
import { Translator } from '#translate/translator.ts';
import type { ApiServer } from './apiserver/api-server.ts';
import { KeptLog } from './kept-log.ts';
import { type ManifestDirectory, manifestDirectory } from './manifest-directory.ts';
import { optionsOf } from './translate-options.ts';

const SEED = 7;
const ARENA_BYTES = 4_194_304;
const OPTIONS = optionsOf({ takeIngressesWithoutClass: false, classMayBeUndeclared: false });

/** What is served, as text that is equal for equal tables. */
export interface Served {
  readonly plan: string;
  /** The snapshot's records, without its generation. */
  readonly snapshot: string;
  readonly problems: readonly string[];
}

export class ServedCluster implements AsyncDisposable {
  readonly log = new KeptLog();
  readonly #store = new Store();
  readonly #arena = new Arena(ARENA_BYTES);
  readonly #control = ControlBlock.create(1);
  readonly #publisher: Publisher;
  readonly #controller: Controller;
  readonly #source: ClusterSource;
  readonly #client: ApiClient;
  readonly #externalNames: ExternalNames;
  readonly #directory: ManifestDirectory;

  private constructor(
    client: ApiClient,
    directory: ManifestDirectory,
    onPublished: (cluster: ServedCluster) => void,
  ) {
    const { log } = this;
    const onChange = (): void => this.#controller.changed();
    this.#client = client;
    this.#directory = directory;
    this.#publisher = new Publisher({ arena: this.#arena, control: this.#control, seed: SEED });
    this.#externalNames = new ExternalNames({ servers: [], endpointOptions: OPTIONS, onChange });
    this.#source = new ClusterSource({
      ...{ client, store: this.#store, onChange, log },
      ...{ namespaces: [], controllerNamespace: null, nodeName: null },
    });
    this.#controller = new Controller({
      store: this.#store,
      translateOptions: OPTIONS,
      externalNames: this.#externalNames,
      compile: {
        hosts: async (hosts) => hosts.map((host) => compileHost(host, SEED)),
        seed: SEED,
      },
      publisher: this.#publisher,
      trials: null,
      sourceProblems: () => this.#source.problems,
      followSecrets: (names) => this.#source.follow(names),
      // The plans in force are set a moment after the bytes.
      onPublished: () => queueMicrotask(() => queueMicrotask(() => onPublished(this))),
      onRebuilt: () => undefined,
      log,
    });
  }

  static async of(
    server: ApiServer,
    onPublished: (cluster: ServedCluster) => void = () => {},
  ): Promise<ServedCluster> {
    const directory = await manifestDirectory({});
    const kubeconfig = await server.writeKubeconfig(directory.path);
    const client = await ApiClient.connect({ kubeconfig });
    return new ServedCluster(client, directory, onPublished);
  }

  /** Resolves when the first generation is in force. */
  async start(): Promise<void> {
    await this.#source.start();
    this.#controller.changed();
    await this.#controller.firstPublished;
  }

  get generation(): number {
    return this.#publisher.generation;
  }

  /** The snapshot in force as text. */
  get snapshot(): string {
    return withoutGeneration(dumpSnapshot(this.#arena.memory, this.#control.root));
  }

  get served(): Served {
    const { routes, endpoints, problems } = this.#controller;
    return {
      plan: printPlan(routes, endpoints),
      snapshot: this.snapshot,
      problems: problems.map((problem) => JSON.stringify(problem)).sort(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#source.close();
    this.#controller.close();
    this.#externalNames.close();
    this.#client.close();
    await this.#directory[Symbol.asyncDispose]();
  }
}

/** What a process serves that knows the objects of this moment and nothing of their past. */
export function expectedOf(server: ApiServer): Served {
  const store = new Store();
  for (const kind of KINDS.filter(({ of }) => of === 'all')) {
    for (const object of server.list(kind.kind)) {
      const { resource, faults } = parse(kind, object, null);
      if (resource === null) throw new Error(`not valid: ${JSON.stringify(faults)}`);
      store.upsert(resource);
    }
  }
  const routes = finish(new Translator(OPTIONS).translate(store, null, Date.now()));
  const endpointTranslator = new EndpointTranslator(OPTIONS);
  const endpoints = finish(endpointTranslator.translate(routes.plan, store, null));
  const built = buildSnapshot(routes.plan, endpoints.plan, {
    seed: SEED,
    arena: new Arena(ARENA_BYTES),
  });
  return {
    plan: printPlan(routes.plan, endpoints.plan),
    snapshot: withoutGeneration(dumpSnapshot(built.arena.memory, built.root)),
    problems: [...routes.problems, ...endpoints.problems]
      .map((problem) => JSON.stringify(problem))
      .sort(),
  };
}

function withoutGeneration(dump: string): string {
  return dump.replace(/^generation \d+\n/, '');
}
