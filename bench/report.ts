// Makes a page of the newest results of all questions: bench/report.html, or where --output says.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { reportPage } from './lib/report-page.ts';
import { RESULTS } from './lib/save-result.ts';
import { newestOfEach, readSavedResult, type SavedResult } from './lib/saved-result.ts';

const { values } = parseArgs({
  options: {
    results: { type: 'string', default: RESULTS },
    output: { type: 'string', default: join(import.meta.dirname, 'report.html') },
  },
});

function readResults(directory: string): SavedResult[] {
  const files = readdirSync(directory).filter((name) => name.endsWith('.json'));
  return files.flatMap(
    (name) => readSavedResult(readFileSync(join(directory, name), 'utf8')) ?? [],
  );
}

const results = newestOfEach(readResults(values.results));
writeFileSync(values.output, reportPage(results));
const names = results.map(({ question }) => question).join(', ');
process.stdout.write(`${relative(process.cwd(), values.output)}: ${names || 'no results yet'}\n`);
