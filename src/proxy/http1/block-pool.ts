// Blocks of memory for bytes that have to outlive the read that brought them. A block comes back
// when its write is done, so that a stream needs as many blocks as wait for its peer, and the
// garbage collector none.

import { limits } from '#base/limits.ts';

export class BlockPool {
  readonly #free: Buffer[] = [];

  /** A block of at least `sizeBytes`, whose content is whatever lay there. */
  take(sizeBytes: number): Buffer {
    if (sizeBytes > limits.upstreamReadBytes) return Buffer.allocUnsafeSlow(sizeBytes);
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(limits.upstreamReadBytes);
  }

  /** Takes back what `take` gave, when nobody reads it any more. */
  give(block: Buffer): void {
    if (block.length !== limits.upstreamReadBytes) return;
    if (this.#free.length < limits.freeBlocksMax) this.#free.push(block);
  }
}
