// What Headgate writes to a cluster, against a real API server over HTTP: the status of Ingresses
// and Events, by one process of several, from the first address to the orderly end.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Problem } from '#base/problem.ts';
import { ClusterWriter, type ClusterWriterOptions } from '#control/cluster-writer.ts';
import { ApiClient } from '#kubernetes/api-client.ts';
import { ClusterSource } from '#kubernetes/cluster-source.ts';
import { Store } from '#kubernetes/store.ts';
import { ApiServer } from '../support/apiserver/api-server.ts';
import { KeptLog } from '../support/kept-log.ts';

const NETWORKING = 'networking.k8s.io/v1';
const OURS = 'headgate';
const GATEWAY = { namespace: 'gateway', labels: { app: 'headgate' } };
const WAIT = { timeout: 10_000, interval: 5 };

function ingress(name: string, ingressClassName = OURS) {
  const defaultBackend = { service: { name: 'a', port: { number: 80 } } };
  const metadata = { name, namespace: 'shop' };
  return {
    apiVersion: NETWORKING,
    kind: 'Ingress',
    metadata,
    spec: { ingressClassName, defaultBackend },
  };
}

/** A pod of Headgate on a node of its own. */
function pod(name: string, address: string, isReady = true) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...GATEWAY },
    spec: { nodeName: `node-of-${name}`, containers: [{ name: 'headgate', image: 'headgate' }] },
    status: {
      hostIP: address,
      hostIPs: [{ ip: address }],
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
    },
  };
}

function problemAt(name: string, message: string): Problem {
  const object = { kind: 'Ingress', namespace: 'shop', name };
  return { object, field: 'spec.rules[0]', reason: 'ServiceNotFound', message, position: null };
}

/** One process of Headgate, as far as it writes. */
class Gateway {
  readonly store = new Store();
  readonly log = new KeptLog();
  readonly writer: ClusterWriter;
  readonly #client: ApiClient;
  readonly #source: ClusterSource;
  problems: readonly Problem[] = [];

  constructor(client: ApiClient, options: Partial<ClusterWriterOptions>) {
    const { store, log } = this;
    this.#client = client;
    this.#source = new ClusterSource({
      client,
      store,
      log,
      onChange: () => this.writer.changed(),
      ...{ namespaces: [], controllerNamespace: null, nodeName: null },
    });
    this.writer = new ClusterWriter({
      client,
      store,
      taken: () => store.ingresses().filter((one) => one.ingressClassName === OURS),
      problems: () => this.problems,
      lease: { namespace: GATEWAY.namespace, name: 'headgate-leader' },
      podName: null,
      publish: { type: 'addresses', addresses: ['192.0.2.1'] },
      controllerName: 'headgate.dev/ingress-controller',
      log,
      ...options,
    });
  }

  async start(): Promise<void> {
    await this.#source.start();
    this.writer.start();
    this.writer.changed();
  }

  tell(problems: readonly Problem[]): void {
    this.problems = problems;
    this.writer.changed();
  }

  async close(): Promise<void> {
    await this.writer.close();
    this.#source.close();
    this.#client.close();
  }
}

class Cluster implements AsyncDisposable {
  readonly server: ApiServer;
  readonly #directory: string;
  readonly #gateways = new Set<Gateway>();

  private constructor(server: ApiServer, directory: string) {
    this.server = server;
    this.#directory = directory;
  }

  static async start(): Promise<Cluster> {
    const server = await ApiServer.start();
    server.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: GATEWAY.namespace } });
    return new Cluster(server, await mkdtemp(join(tmpdir(), 'headgate-')));
  }

  async gateway(
    options: Partial<ClusterWriterOptions> & { readonly token?: string } = {},
  ): Promise<Gateway> {
    const { token, ...writer } = options;
    const kubeconfig = await this.server.writeKubeconfig(
      this.#directory,
      token === undefined ? {} : { token },
    );
    const gateway = new Gateway(await ApiClient.connect({ kubeconfig }), writer);
    this.#gateways.add(gateway);
    await gateway.start();
    return gateway;
  }

  /** The addresses that an Ingress shows, with `=` where it is an IP address. */
  shown(name: string): string {
    const object = this.server.get({ kind: 'Ingress', namespace: 'shop', name });
    const status = object?.status as { loadBalancer?: { ingress?: Record<string, string>[] } };
    const entries = status?.loadBalancer?.ingress ?? [];
    return entries
      .map(({ ip, hostname }) => (ip === undefined ? `${hostname}` : `=${ip}`))
      .join(' ');
  }

  async shows(name: string, addresses: string): Promise<void> {
    await expect.poll(() => this.shown(name), WAIT).toBe(addresses);
  }

  /** Events as `Type Reason xCount message`, the oldest name first. */
  events(): string[] {
    const lines = this.server
      .list('Event')
      .map(({ type, reason, count, message }) => `${type} ${reason} x${count} ${message}`);
    return lines.sort();
  }

  async tells(...events: string[]): Promise<void> {
    await expect.poll(() => this.events(), { ...WAIT, timeout: 20_000 }).toEqual(events);
  }

  writes(path: string): number {
    const writes = this.server.requests.filter(({ method }) => method !== 'GET');
    return writes.filter(({ url }) => url.includes(path)).length;
  }

  /** Ends a process, which may do so before the scene does. */
  async end(gateway: Gateway): Promise<void> {
    this.#gateways.delete(gateway);
    await gateway.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#gateways].map((gateway) => gateway.close()));
    await this.server[Symbol.asyncDispose]();
    await rm(this.#directory, { recursive: true });
  }
}

describe('the status of an Ingress', () => {
  it('shows the addresses within a second of its making', async () => {
    await using cluster = await Cluster.start();
    cluster.server.apply(ingress('first'));
    await cluster.gateway({
      publish: { type: 'addresses', addresses: ['lb.example', '192.0.2.7', '2001:db8::1'] },
    });
    await cluster.shows('first', '=192.0.2.7 =2001:db8::1 lb.example');
    const madeAt = performance.now();
    cluster.server.apply(ingress('second'));
    await cluster.shows('second', '=192.0.2.7 =2001:db8::1 lb.example');
    expect(performance.now() - madeAt).toBeLessThan(1_000);
  });

  it('is left alone where it belongs to another class', async () => {
    await using cluster = await Cluster.start();
    cluster.server.apply(ingress('theirs', 'nginx'));
    cluster.server.apply(ingress('ours'));
    await cluster.gateway();
    await cluster.shows('ours', '=192.0.2.1');
    expect(cluster.shown('theirs')).toBe('');
    expect(cluster.writes('/ingresses/theirs')).toBe(0);
  });

  it('is written once, and not again where it is right already', async () => {
    await using cluster = await Cluster.start();
    cluster.server.apply(ingress('a'));
    const gateway = await cluster.gateway();
    await cluster.shows('a', '=192.0.2.1');
    cluster.server.apply(ingress('b'));
    await cluster.shows('b', '=192.0.2.1');
    gateway.writer.changed();
    cluster.server.apply(ingress('c'));
    await cluster.shows('c', '=192.0.2.1');
    expect(cluster.writes('/ingresses/')).toBe(3);
  });

  it('is cleared when the Ingress goes to another class, whose address then stays', async () => {
    await using cluster = await Cluster.start();
    cluster.server.apply(ingress('a'));
    await cluster.gateway();
    await cluster.shows('a', '=192.0.2.1');
    const { status: _, ...moved } = { ...ingress('a', 'nginx'), status: null };
    cluster.server.apply({
      ...cluster.server.get({ kind: 'Ingress', namespace: 'shop', name: 'a' }),
      ...moved,
    });
    await cluster.shows('a', '');
    const status = { loadBalancer: { ingress: [{ ip: '198.51.100.1' }] } };
    cluster.server.apply({ ...ingress('a', 'nginx'), status });
    cluster.server.apply(ingress('b'));
    await cluster.shows('b', '=192.0.2.1');
    expect(cluster.shown('a')).toBe('=198.51.100.1');
  });

  it('shows the nodes of ready pods, external addresses first', async () => {
    await using cluster = await Cluster.start();
    cluster.server.apply(pod('one', '10.0.0.1'));
    cluster.server.apply(pod('two', '10.0.0.2'));
    cluster.server.apply(pod('three', '10.0.0.3', false));
    const addresses = [
      { type: 'InternalIP', address: '10.0.0.2' },
      { type: 'ExternalIP', address: '203.0.113.2' },
    ];
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-of-two' } };
    cluster.server.apply({ ...node, status: { addresses } });
    cluster.server.apply(ingress('a'));
    await cluster.gateway({ podName: 'one', publish: { type: 'nodes' } });
    await cluster.shows('a', '=10.0.0.1 =203.0.113.2');
  });

  it('shows the addresses of a published Service', async () => {
    await using cluster = await Cluster.start();
    cluster.server.apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'lb', namespace: GATEWAY.namespace },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
      status: { loadBalancer: { ingress: [{ hostname: 'lb.cloud.example' }] } },
    });
    cluster.server.apply(ingress('a'));
    await cluster.gateway({
      publish: { type: 'service', namespace: GATEWAY.namespace, name: 'lb' },
    });
    await cluster.shows('a', 'lb.cloud.example');
  });
});

describe('the end', () => {
  it('of the last pod clears the status of all', async () => {
    await using cluster = await Cluster.start();
    cluster.server.apply(pod('one', '10.0.0.1'));
    for (const name of ['a', 'b', 'c']) cluster.server.apply(ingress(name));
    const gateway = await cluster.gateway({ podName: 'one', publish: { type: 'nodes' } });
    for (const name of ['a', 'b', 'c']) await cluster.shows(name, '=10.0.0.1');
    await cluster.end(gateway);
    expect(['a', 'b', 'c'].map((name) => cluster.shown(name))).toEqual(['', '', '']);
  });

  it('of one pod leaves the status to the next leader, which takes over at once', async () => {
    await using cluster = await Cluster.start();
    cluster.server.apply(pod('one', '10.0.0.1'));
    cluster.server.apply(pod('two', '10.0.0.2'));
    cluster.server.apply(ingress('a'));
    const first = await cluster.gateway({ podName: 'one', publish: { type: 'nodes' } });
    await cluster.shows('a', '=10.0.0.1 =10.0.0.2');
    const second = await cluster.gateway({ podName: 'two', publish: { type: 'nodes' } });
    expect(second.writer.isLeader).toBe(false);
    await cluster.end(first);
    expect(cluster.shown('a')).toBe('=10.0.0.1 =10.0.0.2');
    await expect.poll(() => second.writer.isLeader, WAIT).toBe(true);
    cluster.server.apply(ingress('b'));
    await cluster.shows('b', '=10.0.0.1 =10.0.0.2');
  });

  it('of a pod that never led clears too, when the leader has gone before it', async () => {
    await using cluster = await Cluster.start();
    cluster.server.apply(pod('one', '10.0.0.1'));
    cluster.server.apply(pod('two', '10.0.0.2'));
    cluster.server.apply(ingress('a'));
    const first = await cluster.gateway({ podName: 'one', publish: { type: 'nodes' } });
    await cluster.shows('a', '=10.0.0.1 =10.0.0.2');
    const second = await cluster.gateway({ podName: 'two', publish: { type: 'nodes' } });
    await cluster.end(first);
    cluster.server.delete({ kind: 'Pod', namespace: GATEWAY.namespace, name: 'one' });
    await cluster.end(second);
    expect(cluster.shown('a')).toBe('');
  });
});

describe('a Problem', () => {
  const WARNING = 'Warning ServiceNotFound x1 spec.rules[0]: no Service "web"';

  it('is told once, and once more when it is mended', async () => {
    await using cluster = await Cluster.start();
    cluster.server.apply(ingress('a'));
    const gateway = await cluster.gateway();
    gateway.tell([problemAt('a', 'no Service "web"')]);
    await cluster.tells(WARNING);
    const [event] = cluster.server.list('Event');
    const uid = cluster.server.get({ kind: 'Ingress', namespace: 'shop', name: 'a' })?.metadata.uid;
    expect(event?.involvedObject).toMatchObject({ kind: 'Ingress', name: 'a', uid });
    gateway.tell([problemAt('a', 'no Service "web"')]);
    gateway.tell([]);
    await cluster.tells('Normal Resolved x1 spec.rules[0]: ServiceNotFound is resolved', WARNING);
    expect(cluster.writes('/events')).toBe(2);
  });

  it('is not told again by the next leader', async () => {
    await using cluster = await Cluster.start();
    cluster.server.apply(ingress('a'));
    const first = await cluster.gateway();
    first.tell([problemAt('a', 'no Service "web"')]);
    await cluster.tells(WARNING);
    await cluster.end(first);
    const second = await cluster.gateway();
    second.tell([problemAt('a', 'no Service "web"'), problemAt('a', 'hidden by the first')]);
    await cluster.shows('a', '=192.0.2.1');
    const asked = (): number => cluster.writes('/events');
    await expect.poll(asked, WAIT).toBe(2);
    expect(cluster.events()).toEqual([WARNING]);
  });
});

describe('a write that the API server does not take', () => {
  const ON_STATUS = { kind: 'Ingress', subresource: 'status' };

  it.each([
    ['it was made from an old version', { do: 'answer', code: 409 }],
    ['there are too many requests', { do: 'answer', code: 429, retryAfterSeconds: 1 }],
    ['the server fails', { do: 'answer', code: 500 }],
    ['the connection breaks', { do: 'reset' }],
  ] as const)('is made again when %s', async (_when, action) => {
    await using cluster = await Cluster.start();
    const gateway = await cluster.gateway();
    await expect.poll(() => gateway.writer.isLeader, WAIT).toBe(true);
    const fault = cluster.server.inject(action, { on: ON_STATUS, times: 2 });
    cluster.server.apply(ingress('a'));
    await cluster.shows('a', '=192.0.2.1');
    expect(fault.hits).toBe(2);
  });

  it('for want of a right is one line of the log, which names the right', async () => {
    await using cluster = await Cluster.start();
    const apiGroups = ['', 'networking.k8s.io', 'discovery.k8s.io', 'coordination.k8s.io'];
    cluster.server.restrict('reader', [
      { apiGroups, resources: ['*'], verbs: ['get', 'list', 'watch'] },
      { apiGroups, resources: ['leases'], verbs: ['create', 'update'] },
    ]);
    for (const name of ['a', 'b', 'c']) cluster.server.apply(ingress(name));
    const gateway = await cluster.gateway({ token: 'reader' });
    await expect.poll(() => cluster.writes('/status'), WAIT).toBe(3);
    cluster.server.apply(ingress('d'));
    await expect.poll(() => cluster.writes('/status'), WAIT).toBe(4);
    await expect
      .poll(() => gateway.log.lines.filter(({ level }) => level === 'warn'))
      .toEqual([
        {
          level: 'warn',
          message: 'Headgate lacks a right, so it does without; see its RBAC rules',
          fields: expect.objectContaining({
            verb: 'patch',
            resource: 'ingresses/status',
            namespace: 'shop',
          }),
        },
      ]);
  });
});
