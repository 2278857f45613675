import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { ListenError } from '#control/listen-error.ts';
import { takeOverPort } from '#control/take-over-port.ts';
import { KeptLog } from '../support/kept-log.ts';

const WAIT = { timeout: 10_000, interval: 5 };

async function listen(port: number): Promise<AddressInfo> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    throw new ListenError({ host: '127.0.0.1', port }, (error as NodeJS.ErrnoException).code ?? '');
  }
  const address = server.address() as AddressInfo;
  server.close();
  return address;
}

describe('takeOverPort', () => {
  it('opens a free port at once', async () => {
    const log = new KeptLog();
    const { signal } = new AbortController();
    expect(await takeOverPort(() => listen(0), { signal, log })).toMatchObject({ family: 'IPv4' });
    expect(log.lines).toEqual([]);
  });

  it('waits for a port in use, and says so once', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const log = new KeptLog();
    const { signal } = new AbortController();
    let tries = 0;
    const open = (): Promise<AddressInfo> => {
      tries += 1;
      return listen(port);
    };
    const opened = takeOverPort(open, { signal, log });
    await vi.waitFor(() => expect(tries).toBeGreaterThan(1), WAIT);
    holder.close();
    expect(await opened).toMatchObject({ port });
    expect(log.lines.map(({ fields }) => fields)).toEqual([
      { reason: `port ${port} on 127.0.0.1 is in use` },
    ]);
  });

  it('gives up when it is told to', async () => {
    const inUse = new ListenError({ host: '127.0.0.1', port: 1 }, 'EADDRINUSE');
    const stop = new AbortController();
    const open = () => Promise.reject(inUse);
    const opened = takeOverPort(open, { signal: stop.signal, log: new KeptLog() });
    stop.abort();
    expect(await opened).toBeNull();
  });

  it('fails at once for any other reason', async () => {
    const denied = new ListenError({ host: '127.0.0.1', port: 1 }, 'EACCES');
    const { signal } = new AbortController();
    const opened = takeOverPort(() => Promise.reject(denied), { signal, log: new KeptLog() });
    await expect(opened).rejects.toBe(denied);
  });
});
