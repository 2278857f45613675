// The whole program over an API server: it serves what the cluster says, and goes on while the
// cluster says nothing.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { ApiServer } from '../support/apiserver/api-server.ts';
import { Headgate } from '../support/headgate.ts';
import { HttpBackend } from '../support/http-backend.ts';
import { sendRequest } from '../support/send-request.ts';
import { ingressManifest, serviceManifest } from '../support/shop-manifests.ts';

const WAIT = { timeout: 15_000, interval: 10 };
const HOST = 'web.example';
const CLASS = `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: headgate, annotations: {ingressclass.kubernetes.io/is-default-class: "true"}}
spec: {controller: headgate.dev/ingress-controller}
`;

class Cluster implements AsyncDisposable {
  readonly server: ApiServer;
  readonly backend: HttpBackend;
  readonly kubeconfig: string;
  readonly #directory: string;

  private constructor(
    server: ApiServer,
    backend: HttpBackend,
    places: { directory: string; kubeconfig: string },
  ) {
    this.server = server;
    this.backend = backend;
    this.kubeconfig = places.kubeconfig;
    this.#directory = places.directory;
  }

  static async start(): Promise<Cluster> {
    const server = await ApiServer.start();
    const backend = await HttpBackend.start('web-1');
    const directory = await mkdtemp(join(tmpdir(), 'headgate-'));
    const kubeconfig = await server.writeKubeconfig(directory);
    server.applyManifest(CLASS);
    server.applyManifest(serviceManifest({ name: 'web', ports: [backend.port] }));
    server.applyManifest(ingressManifest({ host: HOST, service: 'web' }));
    return new Cluster(server, backend, { directory, kubeconfig });
  }

  /** Options of a Headgate for this cluster, whose pods are on loopback. */
  get options() {
    return { kubeconfig: this.kubeconfig, args: ['--allow-local-endpoints'] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.backend[Symbol.asyncDispose]();
    await rm(this.#directory, { recursive: true });
  }
}

async function ask(headgate: Headgate, host: string): Promise<string> {
  const { status, body } = await sendRequest({ port: headgate.httpPort, host });
  return `${status} ${body.trim()}`;
}

describe('a cluster', () => {
  it('is served from the first answer on, and every change of it', async () => {
    await using cluster = await Cluster.start();
    await using headgate = await Headgate.start(cluster.options);
    expect(await ask(headgate, HOST)).toBe('200 web-1');
    cluster.server.applyManifest(ingressManifest({ host: 'new.example', service: 'web' }));
    await vi.waitFor(
      async () => expect(await ask(headgate, 'new.example')).toBe('200 web-1'),
      WAIT,
    );
    expect(await ask(headgate, HOST)).toMatch(/^404/);
  });

  it('is served as it was while its API server is away, and as it is when that is back', async () => {
    await using cluster = await Cluster.start();
    const { server } = cluster;
    await using headgate = await Headgate.start(cluster.options);
    await server.suspend();
    const connected = async (): Promise<string[]> => {
      const page = await (await headgate.admin('/metrics')).text();
      const values = page.matchAll(/^headgate_kubernetes_connected\{kind="\w+"\} ([01])$/gm);
      return [...new Set([...values].map(([, value]) => value ?? ''))];
    };
    await vi.waitFor(async () => expect(await connected()).toEqual(['0']), WAIT);
    expect(await ask(headgate, HOST)).toBe('200 web-1');
    expect((await headgate.admin('/readyz')).status).toBe(200);
    server.applyManifest(ingressManifest({ host: 'new.example', service: 'web' }));
    server.compact();
    await server.resume();
    await vi.waitFor(
      async () => expect(await ask(headgate, 'new.example')).toBe('200 web-1'),
      WAIT,
    );
    expect(await ask(headgate, HOST)).toMatch(/^404/);
    await vi.waitFor(async () => expect(await connected()).toEqual(['1']), WAIT);
  });

  it('whose API server is away at the start is waited for', async () => {
    await using cluster = await Cluster.start();
    await cluster.server.suspend();
    await using headgate = await Headgate.spawn(cluster.options);
    await headgate.logged('the API server does not give what is asked, what it gave last stays');
    const { port } = await headgate.logged('listening');
    const ready = (): Promise<Response> => fetch(`http://127.0.0.1:${port}/readyz`);
    expect((await ready()).status).toBe(503);
    await cluster.server.resume();
    await headgate.logged('ready');
    expect((await ready()).status).toBe(200);
  });
});

describe('without a way to a cluster the program ends at once, and says why in one line', () => {
  it('with a kubeconfig that cannot be read', async () => {
    await using headgate = await Headgate.spawn({ kubeconfig: '/nonexistent' });
    expect(await headgate.exited()).toBe(1);
    expect(headgate.log.at(-1)?.msg).toBe('--kubeconfig: "/nonexistent" cannot be read: ENOENT');
  });
});
