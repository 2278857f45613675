// The loop itself, with a mirror that only notes what it is told: what cannot be seen through the
// cluster source, whose deadlines are long and whose mirrors make no mistakes.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ApiClient } from '#kubernetes/api-client.ts';
import { ListAndWatch } from '#kubernetes/list-and-watch.ts';
import { ApiServer } from '../support/apiserver/api-server.ts';

const PATIENCE = { timeout: 15_000, interval: 2 };

function service(name: string) {
  const spec = { ports: [{ port: 80 }] };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' }, spec };
}

function nameOf(object: unknown): string {
  return (object as { metadata: { name: string } }).metadata.name;
}

interface SceneOptions {
  readonly silenceMaxMs?: number;
  /** For an object of this name the mirror throws. */
  readonly poison?: string;
}

class Scene implements AsyncDisposable {
  readonly server: ApiServer;
  readonly loop: ListAndWatch;
  readonly told: string[] = [];
  readonly faults: unknown[] = [];
  readonly failures: string[] = [];
  readonly #client: ApiClient;
  readonly #directory: string;

  private constructor(
    server: ApiServer,
    client: ApiClient,
    directory: string,
    { silenceMaxMs = 10_000, poison = '' }: SceneOptions,
  ) {
    this.server = server;
    this.#client = client;
    this.#directory = directory;
    const mirror = {
      beginList: () => this.#note('['),
      endList: () => this.#note(']'),
      delete: (object: unknown) => this.#note(`-${nameOf(object)}`),
      upsert: (object: unknown) => {
        if (nameOf(object) === poison) throw new RangeError('mine');
        this.#note(`+${nameOf(object)}`);
      },
    };
    const observer = {
      onContact: () => {},
      onForbidden: () => {},
      onFailure: (error: Error) => void this.failures.push(error.message),
      onFault: (error: unknown) => void this.faults.push(error),
    };
    const collection = { path: '/api/v1/services', query: {}, isOptional: false };
    this.loop = new ListAndWatch({ client, ...collection, mirror, observer, silenceMaxMs });
  }

  static async of(options: SceneOptions): Promise<Scene> {
    const server = await ApiServer.start();
    const directory = await mkdtemp(join(tmpdir(), 'headgate-'));
    const kubeconfig = await server.writeKubeconfig(directory);
    return new Scene(server, await ApiClient.connect({ kubeconfig }), directory, options);
  }

  #note(what: string): void {
    this.told.push(what);
  }

  async hasTold(text: string): Promise<void> {
    await expect.poll(() => this.told.join(' '), PATIENCE).toBe(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.loop.close();
    this.#client.close();
    await this.server[Symbol.asyncDispose]();
    await rm(this.#directory, { recursive: true });
  }
}

describe('the list and watch loop', () => {
  it('goes on when its mirror throws, at a list and at an event', async () => {
    await using scene = await Scene.of({ poison: 'b' });
    const { server, loop, faults } = scene;
    for (const name of ['a', 'b', 'c']) server.apply(service(name));
    const running = loop.run();
    await loop.firstListed;
    server.delete({ kind: 'Service', name: 'b' });
    server.apply(service('b'));
    server.apply(service('d'));
    await scene.hasTold('[ +a +c ] -b +d');
    expect(faults).toEqual([new RangeError('mine'), new RangeError('mine')]);
    expect(scene.failures).toEqual([]);
    loop.close();
    await running;
  });

  it('leaves a watch that has fallen silent, and goes on where it was', async () => {
    await using scene = await Scene.of({ silenceMaxMs: 100 });
    const { server, loop } = scene;
    void loop.run();
    await loop.firstListed;
    await server.until(() => server.watchCount === 1);
    using fault = server.inject({ do: 'silence' }, { on: { verb: 'watch' }, times: 1 });
    server.apply(service('a'));
    await scene.hasTold('[ ] +a');
    expect(fault.hits).toBe(1);
    expect(scene.failures[0]).toBe('GET /api/v1/services: no answer: nothing came for too long');
  });

  it('ends while it waits to try again', async () => {
    await using scene = await Scene.of({});
    const { server, loop } = scene;
    using fault = server.inject({ do: 'answer', code: 429, retryAfterSeconds: 60 });
    const running = loop.run();
    await server.until(() => fault.hits === 1);
    await expect.poll(() => scene.failures.length, PATIENCE).toBe(1);
    loop.close();
    await running;
    expect(scene.told).toEqual(['[']);
  });

  it('ends while it watches', async () => {
    await using scene = await Scene.of({});
    const { server, loop } = scene;
    const running = loop.run();
    await server.until(() => server.watchCount === 1);
    loop.close();
    await running;
    await server.until(() => server.watchCount === 0);
    expect(scene.failures).toEqual([]);
  });
});
