// A sort that can be put aside, for lists so long that one sort would hold up all else.

import { limits } from './limits.ts';
import type { Sliced } from './sliced.ts';

/** A copy in order; what compares as equal stays in its order. */
export function* sortInSlices<T>(
  values: readonly T[],
  compare: (a: T, b: T) => number,
): Sliced<readonly T[]> {
  let runs: (readonly T[])[] = [];
  for (let start = 0; start < values.length; start += limits.sortSliceValues) {
    runs.push(values.slice(start, start + limits.sortSliceValues).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const merged: (readonly T[])[] = [];
    for (let index = 0; index < runs.length; index += 2) {
      merged.push(yield* merge(runs[index] ?? [], runs[index + 1] ?? [], compare));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

function* merge<T>(
  left: readonly T[],
  right: readonly T[],
  compare: (a: T, b: T) => number,
): Sliced<readonly T[]> {
  const merged: T[] = [];
  let [a, b] = [0, 0];
  while (a < left.length && b < right.length) {
    const isLeft = compare(left[a] as T, right[b] as T) <= 0;
    merged.push((isLeft ? left[a] : right[b]) as T);
    if (isLeft) a += 1;
    else b += 1;
    if (merged.length % limits.sortSliceValues === 0) yield;
  }
  for (; a < left.length; a += 1) merged.push(left[a] as T);
  for (; b < right.length; b += 1) merged.push(right[b] as T);
  yield;
  return merged;
}
