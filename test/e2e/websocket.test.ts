// WebSockets through the real process: many open sockets live on while routes and endpoints change.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { Headgate } from '../support/headgate.ts';
import { ingressManifest, serviceManifest } from '../support/shop-manifests.ts';

const SOCKETS = 2_000;
const CHANGES = 20;

/** One Ingress whose service has one endpoint, on this port. */
function manifestOf(port: number): string {
  const ingress = ingressManifest({ host: 'shop.example', service: 'echo' });
  return `${ingress}---\n${serviceManifest({ name: 'echo', ports: [port] })}`;
}

/** Echoes every message. */
async function startEchoServer(): Promise<WebSocketServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on('error', () => {});
  });
  await once(server, 'listening');
  return server;
}

async function openSocket(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { host: 'shop.example' } });
  await once(socket, 'open');
  return socket;
}

async function echoed(socket: WebSocket, text: string): Promise<string> {
  const answer = once(socket, 'message');
  socket.send(text);
  const [data] = (await answer) as [Buffer];
  return data.toString();
}

it('open sockets live through changes of routes and endpoints', async () => {
  const server = await startEchoServer();
  const { port } = server.address() as AddressInfo;
  await using headgate = await Headgate.start({ manifests: { 'shop.yaml': manifestOf(port) } });
  const sockets: WebSocket[] = [];
  for (let count = 0; count < SOCKETS; count += 100) {
    const batch = Array.from({ length: 100 }, () => openSocket(headgate.httpPort));
    sockets.push(...(await Promise.all(batch)));
  }
  for (let change = 0; change < CHANGES; change += 1) {
    await headgate.write('shop.yaml', manifestOf(change % 2 === 0 ? 9 : port));
    const answers = sockets.map((socket, index) => echoed(socket, `${change}:${index}`));
    expect(await Promise.all(answers)).toEqual(sockets.map((_, index) => `${change}:${index}`));
  }
  const large = 'x'.repeat(1_000_000);
  expect((await echoed(sockets[0]!, large)) === large).toBe(true);
  expect(server.clients.size).toBe(SOCKETS);
  const closed = Promise.all(sockets.map((socket) => once(socket, 'close')));
  for (const socket of sockets) socket.close(1000, 'done');
  const codes = (await closed).map(([code]) => code);
  expect(new Set(codes)).toEqual(new Set([1000]));
  server.close();
});
