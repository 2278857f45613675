// More clients than the process has descriptors for.

import { expect, it, vi } from 'vitest';
import { Headgate } from '../support/headgate.ts';
import { HttpBackend } from '../support/http-backend.ts';
import { connectPeer, type RawPeer } from '../support/raw-peer.ts';
import { sendRequest } from '../support/send-request.ts';
import { ingressManifest, serviceManifest } from '../support/shop-manifests.ts';

const HOST = 'web.example';
const CLIENTS = 600;
const REQUEST = `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;

it('past what descriptors allow connections are closed, and the others served', async () => {
  await using backend = await HttpBackend.start('web-1');
  const manifests = {
    'service.yaml': serviceManifest({ name: 'web', ports: [backend.port] }),
    'ingress.yaml': ingressManifest({ host: HOST, service: 'web' }),
  };
  await using headgate = await Headgate.start({ manifests, openFilesMax: 500 });
  await using clients = new AsyncDisposableStack();
  const peers: RawPeer[] = [];
  for (let count = 0; count < CLIENTS; count += 1) {
    peers.push(clients.use(await connectPeer(headgate.httpPort)));
  }
  for (const peer of peers) peer.write(REQUEST);
  const answers = await Promise.all(
    peers.map(async (peer) => {
      const answer = await peer.readMessage().catch(() => null);
      return answer?.body ?? 'closed';
    }),
  );
  const served = answers.filter((answer) => answer === 'web-1\n').length;
  // Two workers, a sixth each of what is not reserved.
  expect(served).toBeGreaterThan(2);
  expect(served).toBeLessThanOrEqual(2 * Math.floor((500 - 256) / 6));
  expect(answers.filter((answer) => answer === 'closed')).toHaveLength(CLIENTS - served);
  const metrics = await (await headgate.admin('/metrics')).text();
  const dropped = metrics.matchAll(
    /^headgate_connections_dropped_total.*reason="total".* (\d+)$/gm,
  );
  expect([...dropped].reduce((sum, [, count]) => sum + Number(count), 0)).toBe(CLIENTS - served);
  await clients.disposeAsync();
  await vi.waitFor(
    async () => {
      const { status } = await sendRequest({ port: headgate.httpPort, host: HOST });
      expect(status).toBe(200);
    },
    { timeout: 10_000, interval: 10 },
  );
});
