// The file of a Unix socket: made so that only this user reaches it, put in place in one step, and
// taken away only by whoever made it. What is said over the socket is not known here.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { lstatSync, renameSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:net';

const NAME_BYTES = 4;
/** Nobody but the owner may connect: that takes the right to write. */
const OWNER_ONLY = 0o177;

export class SocketFile {
  readonly #path: string;
  readonly #inode: number;

  private constructor(path: string, inode: number) {
    this.#path = path;
    this.#inode = inode;
  }

  /**
   * The server listens at `path`. A socket that is there already is replaced, whoever listens on
   * it; anything else is an error with the code EADDRINUSE, others have the codes of `listen`.
   */
  static async open(server: Server, path: string): Promise<SocketFile> {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === false) {
      throw Object.assign(new Error('no socket'), { code: 'EADDRINUSE' });
    }
    // When a server closes, libuv deletes the name that it began to listen at, even if a successor
    // has that name by then. So nobody keeps that name.
    const begun = `${path}.${randomBytes(NAME_BYTES).toString('hex')}`;
    const mask = process.umask(OWNER_ONLY);
    try {
      server.listen({ path: begun });
    } finally {
      process.umask(mask);
    }
    await once(server, 'listening');
    renameSync(begun, path);
    return new SocketFile(path, inodeAt(path));
  }

  /** Leaves the socket of a successor where it is. */
  remove(): void {
    if (inodeAt(this.#path) === this.#inode) unlinkSync(this.#path);
  }
}

/** 0 if there is nothing. */
function inodeAt(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.ino ?? 0;
}
