// `npm run dev:cluster`, as somebody uses it who wants to try Headgate with kubectl.

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { copyShop, Example, freePort } from '../support/example.ts';
import type { ManifestDirectory } from '../support/manifest-directory.ts';

const INGRESSES = '/apis/networking.k8s.io/v1/namespaces/shop/ingresses';

let shop: ManifestDirectory;
let cluster: Example;
let kubeconfig: string;

beforeAll(async () => {
  shop = await copyShop(await freePort());
  cluster = new Example({ script: 'cluster.ts', manifests: shop.path });
  await cluster.until(/Ctrl-C ends it all/);
  kubeconfig = (await cluster.until(/export KUBECONFIG=(\S+)/))[1] ?? '';
});

afterAll(async () => {
  cluster.process.kill('SIGTERM');
  await cluster.exitCode;
  await shop[Symbol.asyncDispose]();
});

it('serves the shop', async () => {
  const port = Number((await cluster.until(/http:\/\/ecshop\.localhost:(\d+)\//))[1]);
  const headers = { host: `ecshop.localhost:${port}` };
  const request = get({ host: '127.0.0.1', port, headers, agent: false });
  const [response] = await once(request, 'response');
  expect(await text(response)).toContain('service  ecshop\n');
});

it('gives Ingresses the address of its node', async () => {
  const { clusters } = JSON.parse(await readFile(kubeconfig, 'utf8'));
  const url = `${clusters[0].cluster.server}${INGRESSES}?watch=true&fieldSelector=metadata.name=bbs`;
  const { body } = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  let seen = '';
  for await (const piece of body as ReadableStream<Uint8Array>) {
    seen += Buffer.from(piece).toString();
    if (seen.includes('"loadBalancer":{"ingress":[{"ip":"127.0.0.1"')) break;
  }
  expect(seen).toContain('"loadBalancer":{"ingress":[{"ip":"127.0.0.1"');
});

it('ends with exit code 0 at Ctrl-C, and leaves nothing behind', async () => {
  cluster.process.kill('SIGINT');
  expect(await cluster.exitCode).toBe(0);
  expect(existsSync(kubeconfig)).toBe(false);
});
