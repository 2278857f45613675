import { describe, expect, it, vi } from 'vitest';
import { valuesOf } from '#base/sorted-list.ts';
import { compileHost } from '#compile/compile-host.ts';
import { Controller, type ControllerOptions } from '#control/controller.ts';
import { ExternalNames } from '#control/external-names.ts';
import { Publisher } from '#control/publisher.ts';
import { Store } from '#kubernetes/store.ts';
import type { VirtualHost } from '#plan/routing-plan.ts';
import { ControlBlock } from '#protocol/control-block.ts';
import { Arena } from '#snapshot/arena.ts';
import { dumpSnapshot } from '#snapshot/dump.ts';
import { makeAuthority } from '../support/apiserver/certificates.ts';
import { DnsServer } from '../support/dns-server.ts';
import { KeptLog } from '../support/kept-log.ts';
import { endpoint, endpointSlice, ingress, prefix, service } from '../support/resources.ts';
import { optionsOf } from '../support/translate-options.ts';

const WAIT = { timeout: 10_000, interval: 2 };
const SEED = 7;

/** The control plane from the Store to the control block, without threads. */
class Controlled implements AsyncDisposable {
  readonly store = new Store();
  readonly log = new KeptLog();
  readonly arena: Arena;
  readonly control = ControlBlock.create(1);
  readonly publisher: Publisher;
  readonly controller: Controller;
  /** Hosts in the order in which they were compiled. */
  readonly compiled: string[] = [];
  /** The Secrets that the configuration was said to name. */
  named: readonly string[] = [];
  /** Reads Secrets when they are named for the first time. */
  late: (() => Promise<boolean>) | null = null;
  #fails = false;
  readonly #externalNames: ExternalNames;
  readonly #dns: DnsServer;

  constructor(dns: DnsServer, arenaBytes = 1_048_576) {
    this.#dns = dns;
    this.arena = new Arena(arenaBytes);
    this.publisher = new Publisher({ arena: this.arena, control: this.control, seed: SEED });
    this.#externalNames = new ExternalNames({
      servers: [dns.address],
      endpointOptions: optionsOf(),
      onChange: () => this.controller.changed(),
    });
    const options: ControllerOptions = {
      store: this.store,
      translateOptions: optionsOf(),
      externalNames: this.#externalNames,
      compile: { hosts: (hosts) => this.#compile(hosts), seed: 7 },
      publisher: this.publisher,
      trials: null,
      sourceProblems: () => [],
      followSecrets: async ({ byOperator, byTenants }) => {
        const names = [...byOperator, ...byTenants];
        this.named = names.map(({ namespace, name }) => `${namespace}/${name}`);
        const { late } = this;
        this.late = null;
        return late?.() ?? false;
      },
      onPublished: () => undefined,
      onRebuilt: () => undefined,
      log: this.log,
    };
    this.controller = new Controller(options);
  }

  failToCompile(fails: boolean): void {
    this.#fails = fails;
  }

  get dump(): string {
    return this.control.root === 0 ? '' : dumpSnapshot(this.arena.memory, this.control.root);
  }

  /** Applies the changes of the Store and waits until the snapshot shows them. */
  async settle(check: () => void): Promise<void> {
    this.controller.changed();
    await vi.waitFor(check, WAIT);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.controller.close();
    this.#externalNames.close();
    await this.#dns[Symbol.asyncDispose]();
  }

  async #compile(hosts: readonly VirtualHost[]): Promise<Uint8Array[]> {
    if (this.#fails) throw new Error('a verify thread died');
    this.compiled.push(...hosts.map(({ host }) => host));
    return hosts.map((host) => compileHost(host, SEED));
  }
}

async function controlled(arenaBytes?: number): Promise<Controlled> {
  return new Controlled(await DnsServer.start(), arenaBytes);
}

function shop(host: string, name = 'web'): ReturnType<typeof ingress> {
  return ingress({ name: host, rules: [{ host, paths: [prefix('/', name)] }] });
}

function slice(address: string): ReturnType<typeof endpointSlice> {
  return endpointSlice({ endpoints: [endpoint(address, 'ready')] });
}

describe('Controller', () => {
  it('takes a change from the Store to a published generation', async () => {
    await using one = await controlled();
    one.store.upsert(service({}));
    one.store.upsert(slice('192.0.2.1'));
    one.store.upsert(shop('a.example'));
    await one.settle(() => expect(one.publisher.generation).toBe(1));
    expect(one.dump).toContain('host a.example');
    expect(one.dump).toContain('at 192.0.2.1:');
    expect(one.controller.problems).toEqual([]);
    expect(valuesOf(one.controller.routes.virtualHosts)).toMatchObject([{ host: 'a.example' }]);
  });

  it('compiles a virtual host only when it has changed', async () => {
    await using one = await controlled();
    one.store.upsert(service({}));
    for (const host of ['a.example', 'b.example']) one.store.upsert(shop(host));
    await one.settle(() => expect(one.publisher.generation).toBe(1));
    one.store.upsert(shop('c.example'));
    await one.settle(() => expect(one.publisher.generation).toBe(2));
    expect(one.compiled).toEqual(['a.example', 'b.example', 'c.example']);
  });

  it('waits with the first generation for the Secrets that are named', async () => {
    await using one = await controlled();
    const annotations = new Map([['client-ca-secret', 'clients']]);
    const read = Promise.withResolvers<boolean>();
    one.late = () => read.promise;
    one.store.upsert({ ...shop('a.example'), annotations });
    one.controller.changed();
    await vi.waitFor(() => expect(one.named).toHaveLength(1), WAIT);
    expect(one.publisher.generation).toBe(0);
    const { certificate } = makeAuthority('clients');
    const values = new Map([['ca.crt', Buffer.from(certificate)]]);
    const { namespace, uid, createdAtMs, locate } = shop('a.example');
    const metadata = { namespace, name: 'clients', uid, createdAtMs, locate };
    one.store.upsert({ ...metadata, kind: 'Secret', type: 'Opaque', values });
    read.resolve(true);
    await one.controller.firstPublished;
    const judged = (): unknown =>
      [...valuesOf(one.controller.routes.virtualHosts)][0]?.clientRules?.authorities;
    await vi.waitFor(() => expect(judged()).toBe(certificate), WAIT);
    expect(one.publisher.generation).toBe(1);
  });

  it('says which Secrets are named, the most important first, until nobody names them', async () => {
    await using one = await controlled();
    const caOfPods = [
      ['backend-protocol', 'HTTPS'],
      ['backend-tls-ca-secret', 'pods'],
    ] as const;
    const annotations = new Map([['client-ca-secret', 'clients']]);
    const tls = [{ hosts: ['a.example'], secretName: 'pair' }];
    one.store.upsert(service({ annotations: new Map(caOfPods) }));
    one.store.upsert({ ...shop('a.example'), annotations, tls });
    const { namespace } = shop('a.example');
    const expected = ['clients', 'pods', 'pair'].map((name) => `${namespace}/${name}`);
    await one.settle(() => expect(one.named).toEqual(expected));
    one.store.upsert(slice('192.0.2.9'));
    one.store.upsert(shop('a.example'));
    await one.settle(() => expect(one.named).toEqual([`${namespace}/pods`]));
  });

  it('compiles nothing when a pod comes', async () => {
    await using one = await controlled();
    one.store.upsert(service({}));
    one.store.upsert(shop('a.example'));
    await one.settle(() => expect(one.publisher.generation).toBe(1));
    one.store.upsert(slice('192.0.2.9'));
    await one.settle(() => expect(one.dump).toContain('at 192.0.2.9:'));
    expect(one.compiled).toEqual(['a.example']);
  });

  it('publishes nothing when a change did not matter', async () => {
    await using one = await controlled();
    one.store.upsert(shop('a.example', 'lost'));
    await one.settle(() => expect(one.controller.problems).toHaveLength(1));
    one.store.upsert(service({ name: 'unrelated' }));
    one.store.upsert(shop('b.example', 'lost'));
    await one.settle(() => expect(one.controller.problems).toHaveLength(2));
    const { generation } = one.publisher;
    one.store.upsert(service({ name: 'another' }));
    one.controller.changed();
    one.store.upsert(ingress({ name: 'empty' }));
    await one.settle(() => expect(one.compiled).toEqual(['a.example', 'b.example']));
    expect(one.publisher.generation).toBe(generation);
  });

  it('gathers a burst of changes into few generations', async () => {
    await using one = await controlled();
    one.store.upsert(service({}));
    await one.settle(() => expect(one.publisher.generation).toBe(1));
    for (let index = 0; index < 50; index += 1) {
      one.store.upsert(shop(`host-${index}.example`));
      one.controller.changed();
    }
    await one.settle(() => expect(one.compiled).toHaveLength(50));
    expect(one.publisher.generation).toBeLessThanOrEqual(3);
  });

  it('keeps the last good generation when a verify thread dies, and recovers', async () => {
    await using one = await controlled();
    one.store.upsert(service({}));
    one.store.upsert(shop('a.example'));
    await one.settle(() => expect(one.publisher.generation).toBe(1));
    one.failToCompile(true);
    one.store.upsert(shop('b.example'));
    await one.settle(() =>
      expect(one.log.lines.map(({ message }) => message)).toContain(
        'rebuild failed, the last good generation stays',
      ),
    );
    expect(one.publisher.generation).toBe(1);
    one.failToCompile(false);
    await one.settle(() => expect(one.dump).toContain('host b.example'));
  });

  it('keeps its routes while the arena is full, and goes on when there is room again', async () => {
    await using one = await controlled(8_192);
    one.store.upsert(service({}));
    one.store.upsert(shop('a.example'));
    one.store.upsert(slice('192.0.2.1'));
    await one.settle(() => expect(one.publisher.generation).toBe(1));
    for (let index = 0; index < 60; index += 1) one.store.upsert(shop(`${index}.example`));
    const reasons = (): string[] => one.controller.problems.map(({ reason }) => reason);
    await one.settle(() => expect(reasons()).toEqual(['ArenaFull']));
    expect(one.controller.isArenaFull).toBe(true);
    expect(one.publisher.generation).toBe(1);
    expect(valuesOf(one.controller.routes.virtualHosts)).toMatchObject([{ host: 'a.example' }]);

    // Pods come and go all the same.
    one.store.upsert(slice('192.0.2.2'));
    await one.settle(() => expect(one.dump).toContain('at 192.0.2.2:'));
    expect(one.dump).not.toContain('at 192.0.2.1:');
    expect(one.controller.isArenaFull).toBe(true);

    // What is left finds room, and nobody has to say so.
    for (let index = 0; index < 50; index += 1) {
      one.store.delete({ kind: 'Ingress', namespace: 'shop', name: `${index}.example` });
    }
    await one.settle(() => expect(reasons()).toEqual([]));
    expect(one.dump).toContain('host 59.example');
    expect(one.dump).toContain('at 192.0.2.2:');
    expect(one.controller.isArenaFull).toBe(false);
  });

  it('waits with the first generation until it fits', async () => {
    await using one = await controlled(2_048);
    for (let index = 0; index < 30; index += 1) one.store.upsert(shop(`${index}.example`));
    await one.settle(() => expect(one.controller.isArenaFull).toBe(true));
    expect(one.publisher.generation).toBe(0);
  });

  it('goes back to the routes of a generation, and pods still come and go', async () => {
    await using one = await controlled();
    one.store.upsert(service({}));
    one.store.upsert(shop('a.example'));
    one.store.upsert(slice('192.0.2.1'));
    await one.settle(() => expect(one.publisher.generation).toBe(1));
    one.store.upsert(shop('b.example'));
    await one.settle(() => expect(one.publisher.generation).toBe(2));
    one.store.upsert(slice('192.0.2.2'));
    await one.settle(() => expect(one.publisher.generation).toBe(3));
    expect(await one.controller.pin(one.controller.history.beforeLast())).toBe('published');
    expect(one.controller.pinned).toBe(1);
    expect(one.dump).not.toContain('host b.example');
    expect(one.dump).toContain('at 192.0.2.2:');
    one.store.upsert(slice('192.0.2.3'));
    await one.settle(() => expect(one.dump).toContain('at 192.0.2.3:'));
    expect(one.compiled).toEqual(['a.example', 'b.example']);
  });

  it('keeps a pinned generation in force until it is told to resume', async () => {
    await using one = await controlled();
    one.store.upsert(service({}));
    one.store.upsert(shop('a.example'));
    await one.settle(() => expect(one.publisher.generation).toBe(1));
    one.store.upsert(shop('b.example', 'web'));
    await one.settle(() => expect(one.publisher.generation).toBe(2));
    await one.controller.pin(one.controller.history.find(1));
    one.store.upsert(shop('c.example', 'lost'));
    const reasons = (): string[] => one.controller.problems.map(({ reason }) => reason);
    await one.settle(() => expect(reasons()).toEqual(['ServiceNotFound', 'RoutesPinned']));
    expect(one.dump).not.toContain('host c.example');
    expect(await one.controller.pin(null)).toBe('published');
    for (const host of ['a', 'b', 'c']) expect(one.dump).toContain(`host ${host}.example`);
    expect(reasons()).toEqual(['ServiceNotFound']);
    const causes = one.controller.history.last?.causes.objects.map(({ name }) => name);
    expect(causes).toEqual(['c.example']);
  });

  it('speaks to backends as it did in the generation gone back to', async () => {
    await using one = await controlled();
    const web = service({});
    one.store.upsert(web);
    one.store.upsert(slice('192.0.2.1'));
    one.store.upsert(shop('a.example'));
    await one.settle(() => expect(one.publisher.generation).toBe(1));
    one.store.upsert({ ...web, annotations: new Map([['backend-protocol', 'H2C']]) });
    await one.settle(() => expect(one.dump).toContain('h2'));
    expect(one.controller.history.records).toHaveLength(2);
    await one.controller.pin(one.controller.history.beforeLast());
    expect(one.dump).not.toContain('h2');
    one.store.upsert(slice('192.0.2.2'));
    await one.settle(() => expect(one.dump).toContain('at 192.0.2.2:'));
    expect(one.dump).not.toContain('h2');
  });

  it('lets older generations go when the arena is full', async () => {
    await using one = await controlled(8_192);
    one.store.upsert(service({}));
    one.store.upsert(shop('a.example'));
    await one.settle(() => expect(one.publisher.generation).toBe(1));
    one.store.upsert(shop('b.example'));
    await one.settle(() => expect(one.publisher.generation).toBe(2));
    for (let index = 0; index < 90; index += 1) one.store.upsert(shop(`${index}.example`));
    const reasons = (): string[] => one.controller.problems.map(({ reason }) => reason);
    await one.settle(() => expect(reasons()).toEqual(['ArenaFull']));
    expect(one.publisher.keptGenerations).toEqual([]);
    expect(one.controller.history.records.map(({ generation }) => generation)).toEqual([2]);
    expect(await one.controller.pin(one.controller.history.find(2))).toBe('unchanged');
    expect(one.controller.pinned).toBe(2);
    expect(one.dump).toContain('host b.example');
  });

  it('waits for DNS before the first generation, and follows its changes', async () => {
    const dns = await DnsServer.start();
    await using one = new Controlled(dns);
    dns.names.set('db.example', { a: ['192.0.2.53'], ttl: 1 });
    one.store.upsert(service({ type: 'ExternalName', externalName: 'db.example' }));
    one.store.upsert(shop('a.example'));
    await one.settle(() => expect(one.publisher.generation).toBe(1));
    expect(one.dump).toContain('at 192.0.2.53:80');
    dns.names.set('db.example', { a: ['192.0.2.54'], ttl: 1 });
    await vi.waitFor(() => expect(one.dump).toContain('at 192.0.2.54:80'), WAIT);
    expect(one.compiled).toEqual(['a.example']);
  });
});
