// Rewrites the machine-written files of the golden corpus and removes those whose case is gone.
// The tables of requests are written by hand and never touched.

import { rmSync, writeFileSync } from 'node:fs';
import { goldenCaseNames, goldenFile, goldenFileNames, printGoldenCase } from './golden-case.ts';

const MACHINE_WRITTEN = ['.plan.yaml', '.snapshot.txt'];

const written = new Set<string>();
for (const name of goldenCaseNames()) {
  for (const [file, text] of printGoldenCase(name)) {
    writeFileSync(goldenFile(file), text);
    written.add(file);
  }
}
const stale = goldenFileNames().filter(
  (file) => MACHINE_WRITTEN.some((suffix) => file.endsWith(suffix)) && !written.has(file),
);
for (const file of stale) rmSync(goldenFile(file));
process.stdout.write(`${written.size} files written, ${stale.length} removed\n`);
