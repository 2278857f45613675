// The long run of what cluster-history.test.ts runs shortly: seed after seed until the time is
// over. Prints each problem with the seed that shows it again.
//
//   node test/simulation/cluster-histories.ts [--from 1] [--seconds 60] [--together 8]

import { parseArgs } from 'node:util';
import { runClusterHistory } from '../support/cluster-history.ts';

const PROBLEMS_MAX = 20;

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '60' },
    together: { type: 'string', default: '8' },
  },
});
const endMs = performance.now() + Number(values.seconds) * 1_000;
const tally = new Map<string, number>();
let next = Number(values.from);
let problemCount = 0;
let generations = 0;

async function runSome(): Promise<void> {
  while (performance.now() < endMs && problemCount < PROBLEMS_MAX) {
    const seed = next;
    next += 1;
    const findings = await runClusterHistory(seed);
    for (const problem of findings.problems) process.stdout.write(`seed ${seed}: ${problem}\n`);
    for (const [name, hits] of findings.faults) tally.set(name, (tally.get(name) ?? 0) + hits);
    problemCount += findings.problems.length;
    generations += findings.generations;
  }
}

await Promise.all(Array.from({ length: Number(values.together) }, runSome));
for (const [name, hits] of [...tally].toSorted()) process.stdout.write(`${hits}\t${name}\n`);
process.stdout.write(
  `seeds ${values.from} to ${next - 1}: ${generations} generations, ${problemCount} problems\n`,
);
if (problemCount > 0) process.exitCode = 1;
