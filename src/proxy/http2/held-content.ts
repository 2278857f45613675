// Content of a request that its upstream does not take yet: no more than the stream's window.
// Copies, since a few bytes would otherwise keep the whole read that they came with.

const NOTHING = Buffer.alloc(0);
const SIZE_MIN = 4_096;

export class HeldContent {
  #bytes: Buffer = NOTHING;
  #size = 0;

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** Adds bytes [start, end). */
  add(bytes: Buffer, start: number, end: number): void {
    const needed = this.#size + end - start;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(SIZE_MIN, needed, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.#size);
      this.#bytes = larger;
    }
    bytes.copy(this.#bytes, this.#size, start, end);
    this.#size = needed;
  }

  /** All of it, which is not held any more. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#size);
    this.clear();
    return taken;
  }

  clear(): void {
    this.#bytes = NOTHING;
    this.#size = 0;
  }
}
