// How much heap each worker may have: its part of the memory that the process may take. It does not
// know where that number comes from.
//
//   memory of the process
//   ├─ a quarter  the heaps of all workers: what is decided here
//   └─ the rest   the heap of the main thread, which V8 bounds when the process begins, by the
//                 cgroup; arena, buffers, TLS and code, which it does not bound

import { limits } from '#base/limits.ts';

/** As `resourceLimits` of a Worker, in MiB. */
export interface WorkerHeap {
  readonly maxOldGenerationSizeMb: number;
  readonly maxYoungGenerationSizeMb?: number;
}

const BYTES_PER_MIB = 2 ** 20;
const PART_OF_WORKERS = 1 / 4;
/** Enough for objects of one request to die young. */
const PART_OF_YOUNG = 1 / 4;

/** `memoryBytes` null: nobody bounds the process, but a worker that leaks must end all the same. */
export function workerHeap(memoryBytes: number | null, workerCount: number): WorkerHeap {
  if (memoryBytes === null) return { maxOldGenerationSizeMb: limits.workerHeapMaxMiB };
  const shareMiB = ((memoryBytes / BYTES_PER_MIB) * PART_OF_WORKERS) / workerCount;
  const heapMiB = Math.min(limits.workerHeapMaxMiB, Math.max(limits.workerHeapMinMiB, shareMiB));
  const youngMiB = Math.min(limits.workerYoungMaxMiB, Math.floor(heapMiB * PART_OF_YOUNG));
  return {
    maxOldGenerationSizeMb: Math.floor(heapMiB) - youngMiB,
    maxYoungGenerationSizeMb: youngMiB,
  };
}
