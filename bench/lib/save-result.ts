// Keeps each run's figures, so that two runs can be compared later, and the report be made of them.

import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

export const RESULTS = join(import.meta.dirname, '..', 'results');
const ROOT = join(RESULTS, '..', '..');

/** Returns the path of the file, relative to the working directory. */
export function saveResult(question: string, result: object): string {
  mkdirSync(RESULTS, { recursive: true });
  const time = new Date().toISOString();
  const file = join(RESULTS, `${question}-${time.replaceAll(/[:.]/g, '-')}.json`);
  const kept = { question, time, command: command(), ...result };
  writeFileSync(file, `${JSON.stringify(kept, tellNumber, 2)}\n`);
  return relative(process.cwd(), file);
}

/** What prints the figures again, in a checkout. */
function command(): string {
  const [, script = '', ...args] = process.argv;
  return [basename(process.argv0), relative(ROOT, script), ...args].join(' ');
}

/** JSON has no infinity, and a rate that was not held counts as infinitely bad. */
function tellNumber(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
