import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { AdminPlace } from '../../src/commands/ask-admin.ts';
import { ready } from '../../src/commands/ready.ts';
import { Headgate } from '../support/headgate.ts';
import { HttpBackend } from '../support/http-backend.ts';
import { sendRequest } from '../support/send-request.ts';
import { ingressManifest, serviceManifest } from '../support/shop-manifests.ts';

const WAIT = { timeout: 10_000, interval: 10 };
const HOST = 'web.example';
const WAIT_SECONDS = 10;

/** As two pods of one node: ports in common, a socket for each. */
class Pods implements AsyncDisposable {
  readonly backend: HttpBackend;
  readonly #sockets: { readonly path: string } & AsyncDisposable;
  readonly #manifests: Readonly<Record<string, string>>;
  readonly #pods: Headgate[] = [];

  private constructor(backend: HttpBackend, sockets: { readonly path: string } & AsyncDisposable) {
    this.backend = backend;
    this.#sockets = sockets;
    this.#manifests = {
      'service.yaml': serviceManifest({ name: 'web', ports: [backend.port] }),
      'ingress.yaml': ingressManifest({ host: HOST, service: 'web' }),
    };
  }

  static async create(): Promise<Pods> {
    const sockets = await mkdtempDisposable(join(tmpdir(), 'headgate-'));
    return new Pods(await HttpBackend.start('web-1'), sockets);
  }

  place(name: string): AdminPlace {
    return { adminBind: '127.0.0.1', adminPort: 0, adminSocket: this.#socket(name) };
  }

  async start(name: string, args: readonly string[] = []): Promise<Headgate> {
    const manifests = {
      ...this.#manifests,
      'own.yaml': ingressManifest({ host: `${name}.example`, service: name }),
    };
    const own = ['--share-ports', '--admin-socket', this.#socket(name)];
    const pod = await Headgate.start({ manifests, args: [...own, ...args] });
    this.#pods.push(pod);
    return pod;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pod of this.#pods) await pod[Symbol.asyncDispose]();
    await this.backend[Symbol.asyncDispose]();
    await this.#sockets[Symbol.asyncDispose]();
  }

  #socket(name: string): string {
    return join(this.#sockets.path, `${name}.sock`);
  }
}

function portsOf({ httpPort, adminPort }: Headgate): readonly string[] {
  return [
    '--http-port',
    String(httpPort),
    '--https-port',
    'none',
    '--admin-port',
    String(adminPort),
  ];
}

function codeOf(error: NodeJS.ErrnoException): string {
  return error.code ?? error.message;
}

describe('a pod that replaces another on its node', () => {
  it('serves beside it, and takes the ports over without losing a request', async () => {
    await using pods = await Pods.create();
    const older = await pods.start('older');
    const target = { port: older.httpPort, host: HOST };
    await pods.start('younger', portsOf(older));
    const planOnPort = async (): Promise<string> => (await older.admin('/debug/plan')).text();
    expect(await ready(pods.place('younger'), WAIT_SECONDS)).toMatchObject({ exitCode: 0 });
    expect(await planOnPort()).toContain('older.example');

    const seen = new Set<string>();
    let isOver = false;
    const traffic = Array.from({ length: 4 }, async () => {
      while (!isOver) seen.add(await sendRequest(target).then(({ body }) => body, codeOf));
    });
    older.signal('SIGTERM');
    expect(await older.exited()).toBe(0);
    await vi.waitFor(async () => expect(await planOnPort()).toContain('younger.example'), WAIT);
    isOver = true;
    await Promise.all(traffic);
    expect([...seen]).toEqual(['web-1\n']);
  });

  it('makes the delay of its drain needless: somebody is ready to take what comes', async () => {
    await using pods = await Pods.create();
    const older = await pods.start('older', ['--drain-delay', '300']);
    await pods.start('younger', portsOf(older));
    older.signal('SIGTERM');
    expect(await older.logged('draining')).toMatchObject({ reason: 'another process serves' });
    expect(await older.exited()).toBe(0);
    expect(await sendRequest({ port: older.httpPort, host: HOST })).toMatchObject({ status: 200 });
  });

  it('is asked over its own socket whether it is ready', async () => {
    await using pods = await Pods.create();
    const older = await pods.start('older');
    await pods.start('younger', portsOf(older));
    const held = sendRequest({ port: older.httpPort, host: HOST, path: '/held' });
    await pods.backend.holds();
    older.signal('SIGTERM');
    await older.logged('draining');
    expect(await ready(pods.place('younger'), 0)).toMatchObject({ text: 'ready\n', exitCode: 0 });
    // Either of them may have got the held request, and the older one ends at once without it.
    const { exitCode, remark } = await ready(pods.place('older'), 0);
    expect(exitCode).toBe(1);
    expect(remark).toMatch(/^headgate: not ready: (draining|(connect|read) E[A-Z]+.*)\n$/);
    pods.backend.release();
    expect(await held).toMatchObject({ status: 200 });
    expect(await older.exited()).toBe(0);
  });

  it('shares no port with a process that was not told to', async () => {
    await using pods = await Pods.create();
    const older = await pods.start('older');
    await using stranger = await Headgate.spawn({ args: portsOf(older) });
    expect(await stranger.exited()).toBe(1);
    expect(stranger.log.map(({ msg }) => msg)).toContain(
      `port ${older.adminPort} on 127.0.0.1 is in use`,
    );
  });
});
