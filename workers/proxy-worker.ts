// Entry of a proxy worker thread: opens the listeners over the data plane it is started with, and
// obeys the main thread's messages.

import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { present } from '#base/assert.ts';
import { monotonicMs } from '#base/clock.ts';
import { limits } from '#base/limits.ts';
import type { MainMessage, ProxyAddress, WorkerMessage, WorkerStart } from '#protocol/messages.ts';
import { DataPlane } from '#proxy/data-plane.ts';
import { Listener } from '#proxy/listener.ts';

const start = workerData as WorkerStart;
const main: MessagePort = present(parentPort, 'a proxy worker is started as a thread');
const plane = new DataPlane(start);
const listener = new Listener(plane);
const ticker = setInterval(tick, limits.timerTickMs);

function tell(message: WorkerMessage): void {
  main.postMessage(message);
}

function tick(): void {
  plane.tick();
  const code = plane.accessLog?.takeFailure(monotonicMs());
  if (code) tell({ type: 'accessLogFailed', code });
}

main.on('message', (message: MainMessage) => {
  if (message.type === 'published') {
    plane.adopt();
    tell({ type: 'adopted', generation: plane.view.generation });
  } else {
    void drain(message.drainMs);
  }
});

plane.adopt();
await listen();

async function listen(): Promise<void> {
  const addresses: ProxyAddress[] = [];
  for (const address of start.listen) {
    try {
      addresses.push(await listener.listen(address));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      tell({ type: 'listenFailed', address, code });
      return end();
    }
  }
  tell({ type: 'listening', addresses });
}

async function drain(drainMs: number): Promise<void> {
  plane.leave(drainMs);
  await listener.drain();
  await plane.accessLog?.close();
  tell({ type: 'drained' });
  end();
}

/** Nothing keeps the thread alive any more, so it ends by itself. */
function end(): void {
  clearInterval(ticker);
  plane.pools.closeIdle();
  main.close();
}
