// Credentials against an API server with TLS: each kind of them, and each rotation while the
// process lives.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ApiClient } from '#kubernetes/api-client.ts';
import { ApiServer } from '../support/apiserver/api-server.ts';
import type { KubeconfigOptions } from '../support/apiserver/kubeconfig.ts';

const REQUEST = { method: 'GET', path: '/api/v1/services' } as const;

class Scene implements AsyncDisposable {
  readonly server: ApiServer;
  readonly directory: string;
  #client: ApiClient | null = null;

  private constructor(server: ApiServer, directory: string) {
    this.server = server;
    this.directory = directory;
  }

  static async start(): Promise<Scene> {
    const server = await ApiServer.start({ tls: true, requiresIdentity: true });
    return new Scene(server, await mkdtemp(join(tmpdir(), 'headgate-')));
  }

  async connect(options: Partial<KubeconfigOptions> = {}): Promise<ApiClient> {
    return this.open(await this.server.writeKubeconfig(this.directory, options));
  }

  async open(kubeconfig: string): Promise<ApiClient> {
    this.#client = await ApiClient.connect({ kubeconfig });
    return this.#client;
  }

  async write(name: string, text: string): Promise<string> {
    const file = join(this.directory, name);
    await writeFile(file, text);
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client?.close();
    await this.server[Symbol.asyncDispose]();
    await rm(this.directory, { recursive: true });
  }
}

async function outcomeOf(client: ApiClient): Promise<string> {
  return client.request(REQUEST).then(
    () => 'ok',
    (error: { reason: string }) => error.reason,
  );
}

describe('an API server with TLS', () => {
  it('is reached with a client certificate', async () => {
    await using scene = await Scene.start();
    const client = await scene.connect({ client: scene.server.issueClient('ann') });
    expect(await outcomeOf(client)).toBe('ok');
    expect(scene.server.requests.at(-1)?.user).toBe('ann');
  });

  it('is reached with a token', async () => {
    await using scene = await Scene.start();
    scene.server.admit('secret');
    expect(await outcomeOf(await scene.connect({ token: 'secret' }))).toBe('ok');
  });

  it('refuses whoever has neither', async () => {
    await using scene = await Scene.start();
    expect(await outcomeOf(await scene.connect())).toBe('Unauthorized');
  });

  it('is not believed when another authority has signed its certificate', async () => {
    await using scene = await Scene.start();
    await using other = await Scene.start();
    const client = await scene.connect({ authority: other.server.authority });
    expect(await outcomeOf(client)).toMatch(/^(?:UNABLE_TO_|SELF_SIGNED_|CERT_)/);
    expect(scene.server.requests).toEqual([]);
  });
});

describe('without a restart', () => {
  it('an authority is replaced in its file', async () => {
    await using scene = await Scene.start();
    const { server } = scene;
    server.admit('secret');
    const authority = await scene.write('ca.crt', String(server.authority));
    const config = JSON.parse(server.kubeconfig({ token: 'secret', authority: undefined }));
    config.clusters[0].cluster['certificate-authority'] = 'ca.crt';
    const client = await scene.open(await scene.write('config', JSON.stringify(config)));
    expect(await outcomeOf(client)).toBe('ok');
    server.rotateAuthority();
    await writeFile(authority, String(server.authority));
    expect(await outcomeOf(client)).toBe('ok');
    server.dropConnections();
    expect(await outcomeOf(client)).toBe('ok');
  });

  it('an authority is replaced in the kubeconfig itself', async () => {
    await using scene = await Scene.start();
    const { server } = scene;
    server.admit('secret');
    const client = await scene.connect({ token: 'secret' });
    expect(await outcomeOf(client)).toBe('ok');
    server.rotateAuthority();
    server.dropConnections();
    await server.writeKubeconfig(scene.directory, { token: 'secret' });
    expect(await outcomeOf(client)).toBe('ok');
  });

  it('a token is replaced in the kubeconfig', async () => {
    await using scene = await Scene.start();
    const { server } = scene;
    server.admit('first');
    const client = await scene.connect({ token: 'first' });
    expect(await outcomeOf(client)).toBe('ok');
    server.revoke('first');
    expect(await outcomeOf(client)).toBe('Unauthorized');
    server.admit('second');
    await server.writeKubeconfig(scene.directory, { token: 'second' });
    expect(await outcomeOf(client)).toBe('ok');
  });

  it('a client certificate is replaced in its files', async () => {
    await using scene = await Scene.start();
    const { server } = scene;
    const config = JSON.parse(server.kubeconfig());
    const user = { 'client-certificate': 'client.crt', 'client-key': 'client.key' };
    config.users[0].user = user;
    const renew = async (name: string): Promise<void> => {
      const { certificate, key } = server.issueClient(name);
      await scene.write('client.crt', certificate);
      await scene.write('client.key', key);
    };
    await renew('first');
    const client = await scene.open(await scene.write('config', JSON.stringify(config)));
    expect(await outcomeOf(client)).toBe('ok');
    await renew('second');
    expect(await outcomeOf(client)).toBe('ok');
    expect(server.requests.map((request) => request.user)).toEqual(['first', 'second']);
  });
});
