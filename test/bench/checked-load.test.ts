// The loads that check what they get: whoever says "no failure" must be able to see one.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startCheckedLoad, startSockets } from '../../bench/lib/checked-load.ts';
import { ProcessList } from '../../bench/lib/process-list.ts';
import { readClientFrames, serverFrame } from '../../bench/lib/websocket-frames.ts';

const REQUESTS = 20;
const CLOSED = 'the connection was closed';
const RIGHT = 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na';

interface Peer {
  readonly port: number;
  /** Resolves when it has been asked so often. */
  asked(count: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Hands each request or message to `answer`, the first of them as number 1. */
async function listen(onAsked: (socket: Socket, bytes: Buffer) => number): Promise<Peer> {
  let count = 0;
  let waiting: { readonly count: number; readonly resolve: () => void } | null = null;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      count += onAsked(socket, bytes as Buffer);
      if (waiting !== null && count >= waiting.count) waiting.resolve();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    asked: (wanted) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting = { count: wanted, resolve };
      if (count >= wanted) resolve();
      return promise;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('the checked load', () => {
  // biome-ignore format: a table
  it.each([
    // the third request gets       and that is
    ['the right answer',            RIGHT,                                                 null],
    ['another body',                'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx',       '"200 x"'],
    ['another status',              'HTTP/1.1 503 Busy\r\nContent-Length: 1\r\n\r\na',     '"503 a"'],
    ['no answer but the end',       '',                                                    CLOSED],
    ['half of an answer',           'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na',       CLOSED],
    ['an answer that is the last',  RIGHT.replace('\r\n', '\r\nConnection: close\r\n'),    null],
  ])('asks on, and tells of %s', async (_what, third, failure) => {
    let count = 0;
    await using peer = await listen((socket) => {
      count += 1;
      socket.write(count === 3 ? third : RIGHT);
      if (count === 3 && failure === CLOSED) socket.end();
      return 1;
    });
    await using processes = new ProcessList();
    const load = startCheckedLoad(processes, {
      ...{ port: peer.port, hosts: ['one.test', 'two.test'], methods: ['GET'], bodies: ['a'] },
      requestsPerSecond: 200,
    });
    await peer.asked(REQUESTS);
    const { requests, failures, examples } = await load.finish();
    expect(requests).toBeGreaterThanOrEqual(REQUESTS);
    expect(examples).toEqual(failure === null ? [] : [`GET one.test: ${failure}`]);
    expect(failures).toBe(examples.length);
  });

  it('tells its windows apart', async () => {
    await using peer = await listen((socket) => {
      socket.write(RIGHT);
      return 1;
    });
    await using processes = new ProcessList();
    const load = startCheckedLoad(processes, {
      ...{ port: peer.port, hosts: ['one.test'], methods: ['POST'], bodies: ['b'] },
      requestsPerSecond: 200,
    });
    await peer.asked(REQUESTS);
    load.nextWindow();
    await peer.asked(REQUESTS * 3);
    const { requests, failures, windows } = await load.finish();
    expect(windows).toHaveLength(2);
    for (const window of windows) expect(window.failures).toBe(window.requests);
    expect(windows.reduce((sum, window) => sum + window.requests, 0)).toBe(requests);
    expect(failures).toBe(requests);
  });
});

describe('the sockets that stay', () => {
  // biome-ignore format: a table
  it.each([
    // the second message gets     lost disordered unanswered
    ['its echo',                   'echo',  [0, 0, 0]],
    ['the echo of the first',      'old',   [0, 1, 0]],
    ['no echo',                    'none',  [0, 0, 1]],
    ['the end of its connection',  'end',   [1, 0, 0]],
  ] as const)('are told of, when the second message of one gets %s', async (_what, second, told) => {
    let messages = 0;
    const greeted = new Set<Socket>();
    await using peer = await listen((socket, bytes) => {
      if (!greeted.has(socket)) {
        greeted.add(socket);
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
            'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
        );
        return 0;
      }
      readClientFrames(bytes, (payload) => {
        messages += 1;
        if (messages !== 2 || second === 'echo') socket.write(serverFrame(payload));
        else if (second === 'old') socket.write(serverFrame(Buffer.from('00000001')));
        else if (second === 'end') socket.destroy();
      });
      return 1;
    });
    await using processes = new ProcessList();
    const load = startSockets(processes, {
      ...{ port: peer.port, hosts: ['one.test'], sockets: 1, comers: 0, comeEveryMs: 1 },
    });
    await load.begun;
    await peer.asked(2);
    const { opened, refused, lost, disordered, unanswered } = await load.finish();
    expect({ opened, refused }).toEqual({ opened: 1, refused: 0 });
    expect([lost, disordered, unanswered]).toEqual(told);
  });
});
