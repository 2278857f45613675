// Loaded into Headgate with --import, so into each of its threads: where a proxy worker runs, it
// writes a HeapSample as a line of JSON into the file that HEAP_PROBE_FILE names, a few times a
// second. Its own allocations count too; they are a few kilobytes a sample.

import { appendFileSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { isMainThread, workerData } from 'node:worker_threads';
import type { WorkerStart } from '#protocol/messages.ts';
import { WorkerCounters } from '#protocol/worker-counters.ts';

export interface HeapSample {
  /** Exchanges that the worker has finished so far. */
  readonly requests: number;
  /** Bytes that its heap has ever given out. */
  readonly allocatedBytes: number;
  readonly usedBytes: number;
  /** Time that collections of garbage have taken so far. */
  readonly collectionMs: number;
}

const INTERVAL_MS = 100;

const start = workerData as Partial<WorkerStart> | null;
const file = process.env.HEAP_PROBE_FILE;
if (!isMainThread && start?.counters !== undefined && file !== undefined) {
  probe(WorkerCounters.attach(start.counters), file);
}

function probe(counters: WorkerCounters, path: string): void {
  let collectionMs = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) collectionMs += duration;
  }).observe({ entryTypes: ['gc'] });
  setInterval(() => {
    const heap = getHeapStatistics();
    const sample: HeapSample = {
      requests: counters.readLatency().buckets.reduce((sum, count) => sum + count, 0),
      allocatedBytes: heap.total_allocated_bytes,
      usedBytes: heap.used_heap_size,
      collectionMs,
    };
    appendFileSync(path, `${JSON.stringify(sample)}\n`);
  }, INTERVAL_MS).unref();
}
