// How verification refuses: with an Error that says what is not true of the snapshot.

import { RECORD_ALIGNMENT } from './layout.ts';
import type { Memory } from './memory.ts';

export function demand(condition: boolean, belief: string): asserts condition {
  if (!condition) throw new Error(`snapshot refused: it is not true that ${belief}`);
}

/** Throws unless a record of this size may lie there. `what` is its name. */
export function demandExtent(memory: Memory, offset: number, size: number, what: string): void {
  // The texts are made for nobody but who reads them: each record of a million comes here.
  if (offset % RECORD_ALIGNMENT !== 0) demand(false, `${what} at ${offset} is aligned`);
  const isInside = offset >= 0 && offset + size <= memory.bytes.length;
  if (!isInside) demand(false, `${what} at ${offset} is inside`);
}
