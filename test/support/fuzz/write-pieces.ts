// Writes text in pieces of any size, letting the event loop turn between them, so that the other
// side reads it cut anywhere.

import type { Socket } from 'node:net';
import type { Random } from '../seeded-random.ts';

const PIECE_SIZES = [1, 2, 3, 10, 50, 500, 4_096, 4_097, 65_536, 65_536, Number.MAX_SAFE_INTEGER];
/** A longer text would take too many turns byte by byte. */
const SINGLE_BYTES_MAX = 3_000;
const BACKLOG_BYTES_MAX = 200_000;

export interface Pieces {
  readonly random: Random;
  /** Every byte of a short text goes alone. */
  readonly areBytes: boolean;
}

/** Lets the event loop turn once. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Turns until `condition` holds, or for `durationMs`; says whether it does. */
export async function turnUntil(condition: () => boolean, durationMs: number): Promise<boolean> {
  const endMs = performance.now() + durationMs;
  while (!condition()) {
    if (performance.now() > endMs) return false;
    await turn();
  }
  return true;
}

/** Resolves when all is written, or nobody can take it any more. */
export async function writePieces(
  socket: Socket,
  text: string,
  { random, areBytes }: Pieces,
): Promise<void> {
  const bytes = Buffer.from(text, 'latin1');
  const isSingle = areBytes && bytes.length < SINGLE_BYTES_MAX;
  for (let at = 0; at < bytes.length && socket.writable; ) {
    const size = isSingle ? 1 : random.pick(PIECE_SIZES);
    socket.write(bytes.subarray(at, at + size));
    at += size;
    for (let turns = random.below(4); turns > 0; turns -= 1) await turn();
    const mayGoOn = () => socket.writableLength <= BACKLOG_BYTES_MAX || socket.destroyed;
    if (!(await turnUntil(mayGoOn, 5_000))) return;
  }
}
