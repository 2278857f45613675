// A thread that does of a proxy worker's work what a change of configuration needs: told of a
// generation, it adopts what is in force, looks a request up in it, and says what it found.

import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { present } from '#base/assert.ts';
import { ControlBlock } from '#protocol/control-block.ts';
import { SnapshotView } from '#snapshot/view.ts';

export interface AdoptingWorkerStart {
  readonly arena: SharedArrayBuffer;
  readonly control: SharedArrayBuffer;
  readonly index: number;
}

/** A request to look up. */
export interface Question {
  readonly host: string;
  readonly path: string;
}

const { arena, control, index } = workerData as AdoptingWorkerStart;
const main: MessagePort = present(parentPort, 'an adopting worker is started as a thread');
const block = ControlBlock.attach(control);
const view = new SnapshotView(arena);

main.on('message', ({ host, path }: Question) => {
  view.adopt(block.root);
  block.acknowledge(index, view.generation);
  const text = host + path;
  main.postMessage(view.lookup(text, 0, host.length, host.length, text.length) !== 0);
});
