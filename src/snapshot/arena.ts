// The arena: one large piece of shared memory from which snapshots are cut. It hands out extents
// and takes them back; when it is safe to give one back is for the publisher to know.
//
//   0        64                                                              size
//   | unused | extent | free extent | extent | extent | free extent ............ |
//
// The books are kept outside the shared memory, so nothing a worker does can damage them.
// Free extents wait in bins by size, four bins to each power of two (a two-level segregated fit).

import { assert, present } from '#base/assert.ts';
import { alignUp } from '#base/bytes.ts';
import { limits } from '#base/limits.ts';
import { type Memory, mapMemory } from './memory.ts';

/** A cache line: a section's header and host key then lie in one. */
const GRANULE_BYTES = 64;
/** Offsets are signed 32-bit integers in the view. */
const ARENA_BYTES_MAX = 2 ** 31;
const BINS_PER_DOUBLING_LOG2 = 2;

export class Arena {
  readonly buffer: SharedArrayBuffer;
  readonly memory: Memory;
  /** Size of each extent handed out, by its offset. */
  readonly #usedSizes = new Map<number, number>();
  /** Size of each free extent, by its offset. */
  readonly #freeSizes = new Map<number, number>();
  /** Offset of each free extent, by the offset at which it ends. */
  readonly #freeByEnd = new Map<number, number>();
  /** Offsets of the free extents of each bin. */
  readonly #bins: Set<number>[] = [];
  #usedBytes = 0;

  constructor(sizeBytes: number = limits.arenaBytes) {
    assert(sizeBytes % GRANULE_BYTES === 0, 'an arena is a whole number of granules');
    assert(sizeBytes > GRANULE_BYTES && sizeBytes <= ARENA_BYTES_MAX, 'an arena has a sane size');
    this.buffer = new SharedArrayBuffer(sizeBytes);
    this.memory = mapMemory(this.buffer);
    for (let bin = 0; bin <= binOf(sizeBytes); bin += 1) this.#bins.push(new Set());
    // Offset 0 means "none", so the first granule is never handed out.
    this.#addFree(GRANULE_BYTES, sizeBytes - GRANULE_BYTES);
  }

  /** Bytes handed out, with the padding of each extent. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Extents that are free; 1 once everything has been given back. */
  get freeExtentCount(): number {
    return this.#freeSizes.size;
  }

  /** The most that can be allocated at once. */
  get largestFreeBytes(): number {
    const bin = this.#bins.findLast(({ size }) => size > 0) ?? [];
    let largest = 0;
    for (const offset of bin) largest = Math.max(largest, this.#freeSizes.get(offset) as number);
    return largest;
  }

  /** The offset of `sizeBytes` bytes, whose content is whatever lay there; 0 if none are left. */
  allocate(sizeBytes: number): number {
    assert(sizeBytes > 0, 'an extent has at least one byte');
    const needed = alignUp(sizeBytes, GRANULE_BYTES);
    const offset = this.#findFree(needed);
    if (offset === 0) return 0;
    const size = this.#removeFree(offset);
    if (size > needed) this.#addFree(offset + needed, size - needed);
    this.#usedSizes.set(offset, needed);
    this.#usedBytes += needed;
    return offset;
  }

  /** Gives an extent back, and joins it with its free neighbours. */
  free(offset: number): void {
    const size = present(this.#usedSizes.get(offset), 'only an extent handed out is given back');
    this.#usedSizes.delete(offset);
    this.#usedBytes -= size;
    let start = offset;
    let end = offset + size;
    const before = this.#freeByEnd.get(start);
    if (before !== undefined) {
      this.#removeFree(before);
      start = before;
    }
    if (this.#freeSizes.has(end)) end += this.#removeFree(end);
    this.#addFree(start, end - start);
  }

  /** Any extent of a higher bin is large enough; in the bin of `size` itself some may be. */
  #findFree(size: number): number {
    const own = binOf(size);
    for (let bin = own + 1; bin < this.#bins.length; bin += 1) {
      for (const offset of this.#bins[bin] as Set<number>) return offset;
    }
    for (const offset of this.#bins[own] ?? []) {
      if ((this.#freeSizes.get(offset) as number) >= size) return offset;
    }
    return 0;
  }

  #addFree(offset: number, size: number): void {
    this.#freeSizes.set(offset, size);
    this.#freeByEnd.set(offset + size, offset);
    present(this.#bins[binOf(size)], 'no extent is larger than the arena').add(offset);
  }

  #removeFree(offset: number): number {
    const size = present(this.#freeSizes.get(offset), 'a free extent is in the books');
    this.#freeSizes.delete(offset);
    this.#freeByEnd.delete(offset + size);
    (this.#bins[binOf(size)] as Set<number>).delete(offset);
    return size;
  }
}

/**
 * Number of the bin of extents of this size: 4 to 5 granules, 5 to 6, 6 to 7, 7 to 8, 8 to 10, ...
 */
function binOf(sizeBytes: number): number {
  const granules = sizeBytes / GRANULE_BYTES;
  const doubling = 31 - Math.clz32(granules);
  const shift = Math.max(0, doubling - BINS_PER_DOUBLING_LOG2);
  return (shift << BINS_PER_DOUBLING_LOG2) + (granules >>> shift);
}
