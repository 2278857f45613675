// Keeps each run's figures, so that two runs can be compared later.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const RESULTS = join(import.meta.dirname, '..', 'results');

/** Returns the path of the file, relative to the working directory. */
export function saveResult(question: string, result: object): string {
  mkdirSync(RESULTS, { recursive: true });
  const time = new Date().toISOString();
  const file = join(RESULTS, `${question}-${time.replaceAll(/[:.]/g, '-')}.json`);
  writeFileSync(file, `${JSON.stringify({ question, time, ...result }, null, 2)}\n`);
  return relative(process.cwd(), file);
}
