import { expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { PLAIN_HTTP1 } from '#plan/endpoint-plan.ts';
import { startProxy } from '../support/proxy-fixture.ts';
import { startRawServer } from '../support/raw-peer.ts';

it('is crowded while as many connections are being opened as may be', async () => {
  await using server = await startRawServer();
  await using proxy = await startProxy({ 'a.example': [server.endpoint] });
  const { pools } = proxy.plane;
  const pool = pools.pool('127.0.0.1', server.port, pools.transport(PLAIN_HTTP1));
  const connections = Array.from({ length: limits.connectingPerEndpointMax - 1 }, () =>
    pool.connect(),
  );
  expect(pool.isCrowded).toBe(false);
  connections.push(pool.connect());
  expect(pool.isCrowded).toBe(true);
  connections.pop()?.destroy();
  expect(pool.isCrowded).toBe(false);
  for (const connection of connections) connection.destroy();
  expect(pool.isUnused).toBe(true);
});

it('counts a connection that was made no more', async () => {
  await using server = await startRawServer();
  await using proxy = await startProxy({ 'a.example': [server.endpoint] });
  const { pools } = proxy.plane;
  const pool = pools.pool('127.0.0.1', server.port, pools.transport(PLAIN_HTTP1));
  const made = pool.connect();
  await server.accept();
  while (!made.isConnected) await new Promise((resolve) => setImmediate(resolve));
  const connections = Array.from({ length: limits.connectingPerEndpointMax - 1 }, () =>
    pool.connect(),
  );
  expect(pool.isCrowded).toBe(false);
  for (const connection of [made, ...connections]) connection.destroy();
  expect(pool.isUnused).toBe(true);
});
