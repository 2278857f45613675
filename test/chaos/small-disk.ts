// The disk of the access log: small enough to be filled. What it then must not do is anybody's
// request any harm; and when there is room again, lines are written again.

import { readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from './fault.ts';
import { until } from './scene.ts';

const FULL_MS = 1_500;
const WRITTEN_MS_MAX = 15_000;
const PIECE = Buffer.alloc(65_536, '.');
const PIECES_MAX = 10_000;

export function logFile(directory: string): string {
  return join(directory, 'access.log');
}

/** `directory` is a file system of its own. */
export function diskFull(directory: string): Fault {
  return {
    name: 'log disk full',
    allows: [],
    delaysChanges: false,
    async inflict() {
      const filler = join(directory, 'filler');
      await fill(filler);
      await delay(FULL_MS);
      await truncate(logFile(directory));
      await rm(filler);
      const hasLines = () => hasWholeLine(logFile(directory));
      await until(hasLines, WRITTEN_MS_MAX, 'a line of the access log');
    },
  };
}

/** So that only the fault fills the disk. */
export async function trimLog(directory: string): Promise<void> {
  const { size } = await stat(logFile(directory)).catch(() => ({ size: 0 }));
  if (size > 0) await truncate(logFile(directory));
}

async function fill(path: string): Promise<void> {
  for (let pieces = 0; pieces < PIECES_MAX; pieces += 1) {
    try {
      await writeFile(path, PIECE, { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
      throw error;
    }
  }
  throw new Error(`${path}: the disk is too large to be filled`);
}

/** The first line may be the end of one that was torn. */
async function hasWholeLine(path: string): Promise<boolean> {
  const [, line, end] = (await readFile(path, 'utf8')).split('\n', 3);
  return line !== undefined && end !== undefined && JSON.parse(line) !== null;
}
