// Runs long work on the main thread in slices, so that watches, probes and timers come to their
// turn in between. It knows nothing of the work.

import { setImmediate } from 'node:timers/promises';
import { limits } from '#base/limits.ts';
import type { Sliced } from '#base/sliced.ts';

/** Work of less than one slice is done before this returns to the event loop. */
export async function runInSlices<T>(work: Sliced<T>): Promise<T> {
  let pauseAt = performance.now() + limits.sliceMs;
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (performance.now() < pauseAt) continue;
    await setImmediate();
    pauseAt = performance.now() + limits.sliceMs;
  }
}
