// Secrets that are no certificates, in a cluster: the authorities by which the clients of a host
// are judged take effect through the API, from the first request on.

import { expect, it } from 'vitest';
import { GatewayScene, ingressObject, NAMESPACE } from '../support/gateway-scene.ts';
import { GUESTS, STAFF, statusOf } from '../support/mutual-tls-scene.ts';
import { connectTls, requestOver } from '../support/tls-scene.ts';

const PATIENCE = { timeout: 15_000, interval: 10 };
const HOST = 'staff.example';
/** The list of the one Secret; those of certificates are of no namespace. */
const NAMED = { verb: 'list', kind: 'Secret', namespace: NAMESPACE } as const;

function authorities(certificates: string) {
  const data = { 'ca.crt': Buffer.from(certificates).toString('base64') };
  const metadata = { name: 'staff', namespace: NAMESPACE };
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data };
}

function protectedIngress() {
  const rules = [{ host: HOST, path: '/', pathType: 'Prefix', service: 'web' }] as const;
  const { metadata, ...rest } = ingressObject('web', { rules });
  const annotations = { 'headgate.dev/client-ca-secret': 'staff' };
  return { ...rest, metadata: { ...metadata, annotations } };
}

const CLIENTS = {
  alice: STAFF.issue({ commonName: 'alice' }),
  gustav: GUESTS.issue({ commonName: 'gustav' }),
};

/** What a client is answered on a connection of its own. */
async function statusFor(port: number, who: keyof typeof CLIENTS): Promise<number> {
  const { certificate: cert, key } = CLIENTS[who];
  const socket = await connectTls(port, { servername: HOST, cert, key });
  const answer = await requestOver(socket, `GET / HTTP/1.1\r\nHost: ${HOST}`);
  socket.destroy();
  return statusOf(answer);
}

it('authorities in an Opaque Secret judge the first client, and every one after they change', async () => {
  await using scene = await GatewayScene.start();
  await scene.service('web');
  await scene.write(protectedIngress());
  await scene.write(authorities(STAFF.certificate));
  // The list of the one Secret comes late: nothing is served before it.
  using slow = scene.server.inject({ do: 'delay', delayMs: 300 }, { on: NAMED });
  const { httpsPort } = await scene.gateway();
  expect(slow.hits).toBe(1);
  expect(await statusFor(httpsPort, 'alice')).toBe(200);
  expect(await statusFor(httpsPort, 'gustav')).toBe(400);

  await scene.write(authorities(GUESTS.certificate));
  await expect.poll(() => statusFor(httpsPort, 'gustav'), PATIENCE).toBe(200);
  expect(await statusFor(httpsPort, 'alice')).toBe(400);

  await scene.remove(authorities(GUESTS.certificate));
  await expect.poll(() => statusFor(httpsPort, 'gustav'), PATIENCE).toBe(503);
});

it('a start does not wait for ever for a Secret, and lets nobody in without it', async () => {
  await using scene = await GatewayScene.start();
  await scene.service('web');
  await scene.write(protectedIngress());
  await scene.write(authorities(STAFF.certificate));
  const fault = scene.server.inject({ do: 'answer', code: 500 }, { on: NAMED });
  const { httpsPort } = await scene.gateway();
  expect(fault.hits).toBeGreaterThan(0);
  expect(await statusFor(httpsPort, 'alice')).toBe(503);
  fault[Symbol.dispose]();
  await expect.poll(() => statusFor(httpsPort, 'alice'), PATIENCE).toBe(200);
});
