// Ticks for a load with a fixed rate, from the thread that tells the time.

import { Worker } from 'node:worker_threads';

/** Calls `onTick` whenever the pacer ticks and the event loop is free; resolves as that begins. */
export async function startTicks(onTick: () => void): Promise<void> {
  const unread = new Int32Array(new SharedArrayBuffer(4));
  const pacer = new Worker(new URL('./pacer.ts', import.meta.url), { workerData: unread.buffer });
  pacer.on('message', () => {
    Atomics.store(unread, 0, 0);
    onTick();
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  pacer.once('online', () => resolve());
  await promise;
}
