// The arena under a seeded storm of allocations: what it hands out never overlaps, and what it
// gets back joins up again.

import { describe, expect, it } from 'vitest';
import { Arena } from '#snapshot/arena.ts';
import { type Random, seededRandom } from '../support/seeded-random.ts';

const ARENA_BYTES = 256 * 1024;
const GRANULE = 64;

interface Extent {
  readonly offset: number;
  readonly size: number;
}

function expectApart(extents: readonly Extent[]): void {
  let end = 0;
  for (const { offset, size } of extents.toSorted((a, b) => a.offset - b.offset)) {
    expect(offset).toBeGreaterThanOrEqual(Math.max(end, GRANULE));
    expect(offset % 8).toBe(0);
    end = offset + size;
  }
  expect(end).toBeLessThanOrEqual(ARENA_BYTES);
}

/** The largest gap between extents that begin and end at granules. */
function largestGap(extents: readonly Extent[]): number {
  let end = GRANULE;
  let largest = 0;
  const last = { offset: ARENA_BYTES, size: 0 };
  for (const { offset, size } of [...extents.toSorted((a, b) => a.offset - b.offset), last]) {
    largest = Math.max(largest, offset - end);
    end = offset + Math.ceil(size / GRANULE) * GRANULE;
  }
  return largest;
}

/** Mostly hosts of ten routes; some of a hundred; and pages and directories of tables. */
function sectionSize(random: Random): number {
  const kind = random.below(100);
  if (kind < 90) return 400 + random.below(3_000);
  return kind < 99 ? 1_024 + random.below(30_000) : 32_768;
}

function someSize(random: Random): number {
  return 1 + random.below(random.pick([16, 200, 2_000, 20_000]));
}

describe('an arena', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('keeps its books through 2,000 steps of seed %i', (seed) => {
    const random = seededRandom(seed);
    const arena = new Arena(ARENA_BYTES);
    const live: Extent[] = [];
    for (let step = 0; step < 2_000; step += 1) {
      if (random.below(100) < 55) {
        const size = someSize(random);
        const offset = arena.allocate(size);
        if (offset !== 0) live.push({ offset, size });
        else expect(largestGap(live)).toBeLessThan(size);
      } else if (live.length > 0) {
        const [extent] = live.splice(random.below(live.length), 1);
        arena.free((extent as Extent).offset);
      }
      if (step % 20 === 0) expectApart(live);
      const padded = live.reduce((sum, { size }) => sum + Math.ceil(size / GRANULE) * GRANULE, 0);
      expect(arena.usedBytes).toBe(padded);
      if (step % 20 === 0) expect(arena.largestFreeBytes).toBe(largestGap(live));
      expect(arena.freeExtentCount).toBeLessThanOrEqual(live.length + 1);
    }
    for (const { offset } of live) arena.free(offset);
    expect(arena.usedBytes).toBe(0);
    expect(arena.freeExtentCount).toBe(1);
  });

  it.each([
    ['half full', 0.5, 0.5],
    ['two thirds full', 0.66, 0.1],
  ])(
    'keeps its largest extent whole while it is %s and all sizes come and go',
    (_, full, share) => {
      const random = seededRandom(3);
      const sizeBytes = 8 * 2 ** 20;
      const arena = new Arena(sizeBytes);
      const live: number[] = [];
      for (let step = 0; step < 40_000; step += 1) {
        // As a change does it: first what comes, then what goes.
        const offset = arena.allocate(sectionSize(random));
        expect(offset).toBeGreaterThan(0);
        live.push(offset);
        while (arena.usedBytes > sizeBytes * full) {
          const index = random.below(live.length);
          arena.free(live[index] as number);
          live[index] = live.at(-1) as number;
          live.pop();
        }
        if (step % 500 !== 0) continue;
        const freeBytes = sizeBytes - arena.usedBytes;
        expect(arena.largestFreeBytes).toBeGreaterThan(freeBytes * share);
      }
      for (const offset of live) arena.free(offset);
      expect([arena.usedBytes, arena.freeExtentCount]).toEqual([0, 1]);
    },
  );

  it('hands out all of itself but the first granule', () => {
    const arena = new Arena(1024);
    const offsets = Array.from({ length: 15 }, () => arena.allocate(GRANULE));
    expect(offsets.toSorted((a, b) => a - b)[0]).toBe(GRANULE);
    expect(new Set(offsets).size).toBe(15);
    expect(arena.allocate(1)).toBe(0);
    expect(arena.freeExtentCount).toBe(0);
  });

  it('gives the whole of itself back in one extent, in whatever order', () => {
    const arena = new Arena(1024);
    const offsets = Array.from({ length: 15 }, () => arena.allocate(GRANULE));
    for (const index of [7, 3, 11, 1, 5, 9, 13, 0, 2, 4, 6, 8, 10, 12, 14]) {
      arena.free(offsets[index] as number);
    }
    expect(arena.allocate(15 * GRANULE)).toBe(GRANULE);
  });

  it('takes an extent that fits even when its bin holds smaller ones first', () => {
    const arena = new Arena(64 * GRANULE);
    const small = arena.allocate(16 * GRANULE);
    arena.allocate(GRANULE);
    const large = arena.allocate(19 * GRANULE);
    arena.allocate(27 * GRANULE);
    arena.free(small);
    arena.free(large);
    expect(arena.allocate(18 * GRANULE)).toBe(large);
  });

  it.each([
    ['something is given back that was never handed out', (arena: Arena) => arena.free(64)],
    ['nothing is asked for', (arena: Arena) => arena.allocate(0)],
  ])('fails if %s', (_, act) => {
    expect(() => act(new Arena(1024))).toThrow('assertion failed');
  });
});
