// How Headgate's main thread fares, from its metrics page: its heap, and how long its event loop
// has stood still.

import { LOOP_DELAY_BOUNDS_MS } from '#control/loop-delay.ts';

export interface MainThread {
  readonly heapBytes: number;
  /** Upper bound of the bucket of the longest stall; infinite past the last bound. */
  readonly longestStallMs: number;
}

const HEAP = /^headgate_main_heap_used_bytes (\S+)$/m;
const BUCKETS = /^headgate_main_loop_delay_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm;
const MS_PER_SECOND = 1_000;

/** Cumulative counts by the bounds of buckets, in seconds. */
export type StallCounts = ReadonlyMap<number, number>;

export async function readMainThread(adminPort: number, since: StallCounts = new Map()) {
  const page = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  const counts = new Map(
    [...page.matchAll(BUCKETS)].map(([, bound, count]) => [
      bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound),
      Number(count),
    ]),
  );
  const heapBytes = Number(HEAP.exec(page)?.[1]);
  const vitals: MainThread = { heapBytes, longestStallMs: longestMs(counts, since) };
  return { ...vitals, counts };
}

/** A whole number of milliseconds; what is beyond the last bound says so. */
export function formatStall(longestStallMs: number): string {
  return Number.isFinite(longestStallMs)
    ? longestStallMs.toFixed(0)
    : `> ${LOOP_DELAY_BOUNDS_MS.at(-1)}`;
}

function longestMs(counts: StallCounts, since: StallCounts): number {
  let longest = 0;
  let below = 0;
  for (const [bound, count] of counts) {
    const cumulative = count - (since.get(bound) ?? 0);
    if (cumulative > below) longest = bound;
    below = cumulative;
  }
  return longest * MS_PER_SECOND;
}
