import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyShop, Example, freePort } from '../support/example.ts';
import type { ManifestDirectory } from '../support/manifest-directory.ts';

const ENDED_BY_TEST_MS = 10_000;

describe('the demo', () => {
  let shop: ManifestDirectory;
  let demo: Example;
  let port: number;

  /** Over a connection of its own. */
  async function request(host: string, path = '/'): Promise<{ status: number; body: string }> {
    const headers = { host: `${host}.localhost:${port}` };
    const request = get({ host: '127.0.0.1', port, path, headers, agent: false });
    const [response] = await once(request, 'response');
    return { status: response.statusCode, body: await text(response) };
  }

  /** Asks until the body matches; the bound is far beyond what it takes. */
  async function requestUntil(host: string, pattern: RegExp): Promise<void> {
    const deadline = Date.now() + ENDED_BY_TEST_MS;
    let body = '';
    while (Date.now() < deadline) {
      ({ body } = await request(host));
      if (pattern.test(body)) return;
    }
    expect(body).toMatch(pattern);
  }

  beforeAll(async () => {
    shop = await copyShop(await freePort());
    demo = new Example({ script: 'demo.ts', manifests: shop.path });
    await demo.until(/Ctrl-C ends it all/);
    port = Number((await demo.until(/http:\/\/ecshop\.localhost:(\d+)\//))[1]);
  });

  afterAll(async () => {
    demo.process.kill('SIGTERM');
    await demo.exitCode;
    await shop[Symbol.asyncDispose]();
  });

  it.each([
    ['ecshop', '/', 'ecshop'],
    ['bbs', '/', 'bbs'],
    ['member', '/', 'member'],
    ['ecshop', '/mypage/orders?page=2', 'member'],
    ['ecshop', '/mypages', 'ecshop'],
  ])('serves host %s and path %s by service %s', async (host, path, service) => {
    const { status, body } = await request(host, path);
    expect(status).toBe(200);
    expect(body).toContain(`service  ${service}\n`);
    expect(body).toContain(`request  GET ${path}\n`);
    expect(body).toContain(`host     ${host}.localhost:${port}\n`);
    expect(body).toContain('client   127.0.0.1\n');
  });

  it('lets the pods take turns', async () => {
    for (const pod of ['ecshop-a', 'ecshop-b', 'ecshop-c']) {
      await requestUntil('ecshop', new RegExp(`pod +${pod},`));
    }
  });

  it('serves on when a pod is killed, and the pod when it is back', async () => {
    const [, pid] = await demo.until(/bbs-a +pid (\d+)/);
    process.kill(Number(pid), 'SIGKILL');
    await demo.until(/bbs-a +\| ended/);
    for (let count = 0; count < 20; count += 1) expect((await request('bbs')).status).toBe(200);
    const [, newPid] = await demo.until(/bbs-a +\| is back as pid (\d+)/);
    await requestUntil('bbs', new RegExp(`pod +bbs-a, pid ${newPid},`));
  });

  it('follows an edited manifest', async () => {
    const path = join(shop.path, 'bbs.yaml');
    const before = await readFile(path, 'utf8');
    await writeFile(
      path,
      before.replace('name: bbs\n                port', 'name: member\n                port'),
    );
    await requestUntil('bbs', /service +member/);
    await writeFile(path, before);
    await requestUntil('bbs', /service +bbs/);
  });

  it('ends with exit code 0 at Ctrl-C, and its pods with it', async () => {
    const pids = [...demo.output.matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid));
    expect(pids.length).toBeGreaterThanOrEqual(7);
    demo.process.kill('SIGINT');
    expect(await demo.exitCode).toBe(0);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});

describe('a demo that cannot start tells why in one line', () => {
  it('when the address of a pod is taken', async () => {
    await using server = createServer();
    await once(server.listen(0, '127.0.1.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    await using shop = await copyShop(port);
    const demo = new Example({ script: 'demo.ts', manifests: shop.path });
    expect(await demo.exitCode).toBe(1);
    expect(demo.output).toBe(
      `cannot start pod ecshop-a at 127.0.1.1:${port}: the address is in use`,
    );
  });

  it('when the port of Headgate is taken', async () => {
    await using server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    await using shop = await copyShop(await freePort());
    const demo = new Example({ script: 'demo.ts', manifests: shop.path, httpPort: port });
    expect(await demo.exitCode).toBe(1);
    expect(demo.output).toContain(`headgate | error: port ${port} on 127.0.0.1 is in use`);
  });
});
