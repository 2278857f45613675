import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { closeWhenDry } from '#proxy/close-when-dry.ts';

const WAITING = 100;

/** Connections that the kernel has completed and nobody has accepted: this turn never ends. */
function queue(port: number): Socket[] {
  return Array.from({ length: WAITING }, () => connect({ host: '127.0.0.1', port }));
}

it('takes whoever waits in the accept queue, and nobody after that', async () => {
  const accepted: Socket[] = [];
  const server = createServer((socket) => {
    accepted.push(socket);
    socket.end('served');
  });
  server.listen({ host: '127.0.0.1', port: 0, backlog: WAITING });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const answers = queue(port).map(async (socket) => {
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    return bytes.toString();
  });
  await closeWhenDry(server);
  expect(accepted).toHaveLength(WAITING);
  expect(new Set(await Promise.all(answers))).toEqual(new Set(['served']));
  await expect(once(connect({ host: '127.0.0.1', port }), 'connect')).rejects.toThrow(
    'ECONNREFUSED',
  );
});
