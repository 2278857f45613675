// What becomes of connections whose clients keep TLS itself busy.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, vi } from 'vitest';
import { limits } from '#base/limits.ts';
import { plannedCertificate, tlsPlanOf } from '../support/make-certificate.ts';
import { startProxy } from '../support/proxy-fixture.ts';
import { startRawServer } from '../support/raw-peer.ts';

/** A request for other keys, in a record of its own. */
const KEY_UPDATE_BYTES = 27;
const HOST = 'a.example';
const WAIT = { timeout: 10_000, interval: 50 };

// biome-ignore format: a table
it.each([
  ['asks for other keys now and then stays',       100,                                             false],
  ['asks for other keys all the time has to go',   limits.tlsIdleBytesMax / KEY_UPDATE_BYTES + 300, true],
])('a client that %s', { timeout: 60_000 }, async (_, count, goes) => {
  await using server = await startRawServer();
  const tls = tlsPlanOf({ [HOST]: plannedCertificate({ names: [HOST] }) });
  await using proxy = await startProxy({ [HOST]: [server.endpoint] }, { tls });
  const closed = () => proxy.counters.read('downstreamConnectionsClosed');
  const target = ['-connect', `127.0.0.1:${proxy.httpsPort}`, '-servername', HOST];
  const client = spawn('openssl', ['s_client', ...target, '-tls1_3', '-brief'], { stdio: 'pipe' });
  client.stdin.on('error', () => {});
  client.stdin.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  const backend = await server.accept();
  await backend.readTo('\r\n\r\n');
  await updateKeys(client, count);
  proxy.elapse(limits.tlsPatrolMs + 500);
  if (goes) {
    await vi.waitFor(() => expect(closed()).toBe(1), WAIT);
  } else {
    backend.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await once(client.stdout, 'data');
    expect(closed()).toBe(0);
  }
  client.kill();
});

/** One after the other, since the program takes one command from what it reads. */
async function updateKeys(client: ChildProcessWithoutNullStreams, count: number): Promise<void> {
  for (let updates = 0; updates < count; updates += 1) {
    client.stdin.write('K\n');
    await once(client.stderr, 'data');
  }
}
