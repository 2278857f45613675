// Which connections a listener takes.

import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { GET, OK, Scene } from '../support/relay-scene.ts';

/** Sends a request and resets the connection, all before a listener that waits for it accepts. */
const HASTY = `
const socket = require('node:net').connect(Number(process.argv[1]), '127.0.0.1', () => {
  socket.write(process.argv[2]);
  socket.resetAndDestroy();
});`;

it('takes no connection of which nobody can say whose it is', async () => {
  await using scene = await Scene.open();
  const { port, counters } = scene.proxy;
  const { status } = spawnSync(process.execPath, ['-e', HASTY, String(port), GET], {
    timeout: 20_000,
  });
  expect(status).toBe(0);
  scene.client.write(GET.replace('GET', 'PUT'));
  const upstream = await scene.server.accept();
  const head = await upstream.readTo('\r\n\r\n');
  expect(head).toMatch(/^PUT /);
  expect(head).toContain('X-Forwarded-For: 127.0.0.1\r\n');
  upstream.write(OK);
  await scene.client.readMessage();
  expect(scene.server.accepted).toBe(1);
  expect(counters.read('downstreamConnections')).toBe(1);
});
