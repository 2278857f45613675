// The number of workers, changed while clients send requests all the time.

import { expect, it, vi } from 'vitest';
import { workers } from '../../src/commands/workers.ts';
import { Headgate } from '../support/headgate.ts';
import { connectPeer, type RawPeer, startRawServer } from '../support/raw-peer.ts';
import { ingressManifest, serviceManifest } from '../support/shop-manifests.ts';

const HOST = 'any.example';
const ROUNDS = 3;
const CLIENTS = 8;
/** Two workers have some of each, but for one run in eight million. */
const TUNNELS = 24;
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
const ACTIVE_OF_LAST = /^headgate_downstream_connections_active\{worker="1"\} (\d+)$/m;
const WAIT = { timeout: 10_000, interval: 10 };

function placeOf({ adminPort }: Headgate) {
  return { adminBind: '127.0.0.1', adminPort, adminSocket: null };
}

/**
 * Requests on one connection until it is told to close, then on the next one. A connection that the
 * kernel resets before a worker has accepted it is tried again: see Upgrades in the README.
 */
async function client(port: number, hasEnded: () => boolean): Promise<number> {
  let count = 0;
  while (!hasEnded()) {
    await using peer = await connectPeer(port);
    let answer = await ask(peer).catch(() => null);
    while (answer !== null) {
      expect(answer).toMatch(/^HTTP\/1\.1 404 /);
      count += 1;
      if (hasEnded() || /\r\nConnection: close/i.test(answer)) break;
      answer = await ask(peer);
    }
  }
  return count;
}

async function ask(peer: RawPeer): Promise<string> {
  peer.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  return (await peer.readMessage()).head;
}

/** The backend of a tunnel: has the last word. */
async function agree(peer: RawPeer): Promise<void> {
  await peer.readTo('\r\n\r\n');
  peer.write(`HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}`);
  await peer.ended();
  peer.socket.end('bye');
}

async function openTunnel(port: number): Promise<RawPeer> {
  const peer = await connectPeer(port);
  peer.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n${UPGRADE}`);
  expect(await peer.readTo('\r\n\r\n')).toContain('101 Switching Protocols');
  return peer;
}

it('changes without a failure on any connection that was accepted', async () => {
  await using headgate = await Headgate.start({ args: ['--admin-actions'] });
  let hasEnded = false;
  const clients = Array.from({ length: CLIENTS }, () => client(headgate.httpPort, () => hasEnded));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [count, before] of [
      [4, 2],
      [1, 4],
      [2, 1],
    ] as const) {
      const { text, exitCode } = await workers(placeOf(headgate), count);
      expect([text, exitCode]).toEqual([`workers: ${count}, ${before} before\n`, 0]);
    }
  }
  hasEnded = true;
  for (const count of await Promise.all(clients)) expect(count).toBeGreaterThan(ROUNDS);
  const page = await (await headgate.admin('/metrics')).text();
  expect(page).toContain('headgate_workers 2\n');
  expect(page).toContain('headgate_snapshot_generation{worker="0"} 1\n');
  expect(headgate.log.filter(({ level }) => level === 'error')).toEqual([]);
});

it('lets the tunnels of a worker that goes come to an end, and keeps the others', async () => {
  await using backend = await startRawServer((peer) => void agree(peer));
  const manifests = {
    'web.yaml': ingressManifest({ host: HOST, service: 'web' }),
    'service.yaml': serviceManifest({ name: 'web', ports: [backend.port] }),
  };
  const args = ['--admin-actions', '--drain-seconds', '4'];
  await using headgate = await Headgate.start({ manifests, args });
  const tunnels = await Promise.all(
    Array.from({ length: TUNNELS }, () => openTunnel(headgate.httpPort)),
  );
  const page = await (await headgate.admin('/metrics')).text();
  const theirs = Number(ACTIVE_OF_LAST.exec(page)?.[1]);
  expect(theirs).toBeGreaterThan(0);
  const last: string[] = [];
  for (const tunnel of tunnels) void tunnel.readToEnd().then((text) => last.push(text));
  await workers(placeOf(headgate), 1);
  await vi.waitFor(() => expect(last).toEqual(Array(theirs).fill('bye')), WAIT);
  expect(tunnels.filter(({ wasReset }) => wasReset)).toEqual([]);
  for (const tunnel of tunnels) await tunnel[Symbol.asyncDispose]();
});

it('is not changed unless actions are allowed, and only to a number that makes sense', async () => {
  await using closed = await Headgate.start();
  expect(await workers(placeOf(closed), 3)).toMatchObject({ exitCode: 1 });
  expect(await (await closed.admin('/metrics')).text()).toContain('headgate_workers 2\n');
  await using open = await Headgate.start({ args: ['--admin-actions'] });
  for (const count of ['0', '257', '-1', '1e2', '', '99999999999']) {
    const url = `http://127.0.0.1:${open.adminPort}/workers?count=${count}`;
    const answer = await fetch(url, { method: 'POST', headers: { 'Headgate-Action': 'true' } });
    expect([answer.status, await answer.text()]).toEqual([
      400,
      'count: expected a number from 1 to 256\n',
    ]);
  }
});
