// A thread that does nothing but tell the time: the event loop's own timers count whole
// milliseconds, in which a fixed rate would arrive in bursts. `workerData` is one shared word that
// is 1 while the last tick is unread.

import { parentPort, workerData } from 'node:worker_threads';

/** Shorter ticks cost the driver more than they gain in precision. */
const TICK_MS = 0.25;

const words = new Int32Array(workerData as SharedArrayBuffer);
/** Never notified: waiting on it is sleeping. */
const sleep = new Int32Array(new SharedArrayBuffer(4));
while (parentPort !== null) {
  Atomics.wait(sleep, 0, 0, TICK_MS);
  if (Atomics.exchange(words, 0, 1) === 0) parentPort.postMessage(null);
}
