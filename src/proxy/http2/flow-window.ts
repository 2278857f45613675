// How much either side may send (RFC 9113 5.2, 6.9): one window of each kind for a session, and one
// for each of its streams. Pure counting.

import { WINDOW_BYTES_MAX } from './frame-format.ts';

/** What we may send; below 0 when the client has made its initial window smaller (6.9.2). */
export class SendWindow {
  size = 0;

  constructor(size: number) {
    this.size = size;
  }

  /** By what a WINDOW_UPDATE or a changed setting says. False: past the largest there is. */
  grow(bytes: number): boolean {
    if (this.size + bytes > WINDOW_BYTES_MAX) return false;
    this.size += bytes;
    return true;
  }

  take(bytes: number): void {
    this.size -= bytes;
  }
}

/** What the client may send. */
export class ReceiveWindow {
  readonly #sizeMax: number;
  #size: number;
  /** Used up since the client was told of more. */
  #used = 0;

  constructor(sizeMax: number) {
    this.#sizeMax = this.#size = sizeMax;
  }

  /** As it was made. */
  reset(): void {
    this.#size = this.#sizeMax;
    this.#used = 0;
  }

  /** False: the client has sent more than it may. */
  receive(bytes: number): boolean {
    this.#size -= bytes;
    return this.#size >= 0;
  }

  /**
   * So much of what has been received needs no room any more. Returns by how much to open the
   * window: in steps of half of it, so that there are few frames about it; else 0.
   */
  release(bytes: number): number {
    this.#used += bytes;
    if (2 * this.#used < this.#sizeMax) return 0;
    const opened = this.#used;
    this.#size += opened;
    this.#used = 0;
    return opened;
  }
}
