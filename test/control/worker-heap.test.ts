import { describe, expect, it } from 'vitest';
import { workerHeap } from '#control/worker-heap.ts';

const MIB = 2 ** 20;

describe('the heap of a worker', () => {
  it.each([
    // memory, workers, old, young
    ['none', 2, 1_024, undefined],
    ['64', 2, 36, 12],
    ['512', 2, 48, 16],
    ['512', 1, 96, 32],
    ['1024', 2, 96, 32],
    ['4096', 4, 192, 64],
    ['65536', 4, 928, 96],
    ['512', 256, 36, 12],
  ])('of %s MiB for %i workers', (memory, workers, old, young) => {
    const heap = workerHeap(memory === 'none' ? null : Number(memory) * MIB, workers);
    expect(heap.maxOldGenerationSizeMb).toBe(old);
    expect(heap.maxYoungGenerationSizeMb).toBe(young);
  });
});
