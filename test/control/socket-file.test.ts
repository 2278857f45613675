import { existsSync, statSync, writeFileSync } from 'node:fs';
import { mkdtempDisposable, readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SocketFile } from '#control/socket-file.ts';

class Place implements AsyncDisposable {
  readonly directory: string;
  readonly #temporary: AsyncDisposable;
  readonly #servers: Server[] = [];

  constructor(temporary: { readonly path: string } & AsyncDisposable) {
    this.directory = temporary.path;
    this.#temporary = temporary;
  }

  static async make(): Promise<Place> {
    return new Place(await mkdtempDisposable(join(tmpdir(), 'headgate-')));
  }

  get path(): string {
    return join(this.directory, 'admin.sock');
  }

  server(): Server {
    const server = createServer();
    this.#servers.push(server);
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) server.close();
    await this.#temporary[Symbol.asyncDispose]();
  }
}

describe('SocketFile', () => {
  it.each([0, 0o022, 0o077])('is for its owner alone, whatever the umask: %o', async (mask) => {
    await using place = await Place.make();
    const before = process.umask(mask);
    try {
      await SocketFile.open(place.server(), place.path);
    } finally {
      process.umask(before);
    }
    expect(statSync(place.path).mode & 0o777).toBe(0o600);
    expect(await readdir(place.directory)).toEqual(['admin.sock']);
  });

  it('is gone when it is removed', async () => {
    await using place = await Place.make();
    const file = await SocketFile.open(place.server(), place.path);
    file.remove();
    expect(existsSync(place.path)).toBe(false);
  });

  it('takes the place of another one, which leaves it alone at its end', async () => {
    await using place = await Place.make();
    const older = place.server();
    const file = await SocketFile.open(older, place.path);
    const younger = await SocketFile.open(place.server(), place.path);
    file.remove();
    await new Promise((resolve) => older.close(resolve));
    expect(existsSync(place.path)).toBe(true);
    younger.remove();
    expect(existsSync(place.path)).toBe(false);
  });

  it('takes the place of nothing but a socket', async () => {
    await using place = await Place.make();
    writeFileSync(place.path, 'precious');
    await expect(SocketFile.open(place.server(), place.path)).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });

  it('says why it cannot be', async () => {
    await using place = await Place.make();
    const path = join(place.directory, 'none', 'admin.sock');
    await expect(SocketFile.open(place.server(), path)).rejects.toMatchObject({ code: 'EACCES' });
  });
});
