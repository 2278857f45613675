import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AdminServer } from '#control/admin-server.ts';
import { ready } from '../../src/commands/ready.ts';
import { KeptLog } from '../support/kept-log.ts';

const NONE = () => '';

class Admin implements AsyncDisposable {
  readonly server: AdminServer;
  readonly #directory: AsyncDisposable;
  readonly path: string;
  reasons: (string | null)[] = [null];

  private constructor(directory: { readonly path: string } & AsyncDisposable) {
    this.#directory = directory;
    this.path = join(directory.path, 'admin.sock');
    const unreadyReason = (): string | null => this.#nextReason();
    const generations = { json: NONE, text: NONE };
    const pages = { unreadyReason, plan: NONE, snapshot: NONE, problems: NONE, generations };
    const metrics = async () => NONE();
    const actions = { areAllowed: false, byPath: new Map() };
    this.server = new AdminServer({ ...pages, metrics }, actions, new KeptLog());
  }

  static async create(): Promise<Admin> {
    return new Admin(await mkdtempDisposable(join(tmpdir(), 'headgate-')));
  }

  get place() {
    return { adminBind: '127.0.0.1', adminPort: 1, adminSocket: this.path };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.close();
    await this.#directory[Symbol.asyncDispose]();
  }

  /** The last one stays. */
  #nextReason(): string | null {
    const [reason = null] = this.reasons;
    if (this.reasons.length > 1) this.reasons.shift();
    return reason;
  }
}

describe('ready', () => {
  it('asks the socket, if one is named, and not the port', async () => {
    await using admin = await Admin.create();
    await admin.server.listenOnSocket(admin.path);
    expect(await ready(admin.place, 0)).toEqual({ text: 'ready\n', remark: '', exitCode: 0 });
  });

  it('asks the port otherwise', async () => {
    await using admin = await Admin.create();
    const { host, port } = await admin.server.listen({ host: '127.0.0.1', port: 0 });
    const place = { adminBind: host, adminPort: port, adminSocket: null };
    expect(await ready(place, 0)).toMatchObject({ exitCode: 0 });
  });

  it('tells why not', async () => {
    await using admin = await Admin.create();
    admin.reasons = ['waiting for \x1b[31mred'];
    await admin.server.listenOnSocket(admin.path);
    expect(await ready(admin.place, 0)).toEqual({
      text: '',
      remark: 'headgate: not ready: waiting for \\u001b[31mred\n',
      exitCode: 1,
    });
  });

  it('takes no answer for a no', async () => {
    await using admin = await Admin.create();
    const { exitCode, remark } = await ready(admin.place, 0);
    expect(exitCode).toBe(1);
    expect(remark).toContain('not ready: connect ENOENT');
  });

  it('waits until it is', async () => {
    await using admin = await Admin.create();
    admin.reasons = ['starting', 'starting', null];
    await admin.server.listenOnSocket(admin.path);
    expect(await ready(admin.place, 10)).toMatchObject({ exitCode: 0 });
  });
});

describe('the socket', () => {
  it('replaces one that a process before has left', async () => {
    await using admin = await Admin.create();
    const before = createServer().listen(admin.path);
    await admin.server.listenOnSocket(admin.path);
    expect(await ready(admin.place, 0)).toMatchObject({ exitCode: 0 });
    before.close();
  });

  it('never replaces a file of another kind', async () => {
    await using admin = await Admin.create();
    await writeFile(admin.path, 'precious');
    await expect(admin.server.listenOnSocket(admin.path)).rejects.toThrow(
      `socket ${JSON.stringify(admin.path)} cannot be opened: EADDRINUSE`,
    );
  });

  it('answers on after the port has been left', async () => {
    await using admin = await Admin.create();
    await admin.server.listenOnSocket(admin.path);
    const { host, port } = await admin.server.listen({ host: '127.0.0.1', port: 0 });
    admin.server.leavePort();
    expect(await ready(admin.place, 0)).toMatchObject({ exitCode: 0 });
    const place = { adminBind: host, adminPort: port, adminSocket: null };
    expect((await ready(place, 0)).remark).toContain('ECONNREFUSED');
  });
});
