// The long run of what relay.test.ts runs shortly: seed after seed until the time is over or enough
// has gone wrong. Prints each problem with the seed that shows it again.
//
//   npm run fuzz -- [--from 1] [--seeds 100000] [--seconds 60]

import { parseArgs } from 'node:util';
import { fuzzRelay } from '../support/fuzz/fuzz-relay.ts';

const PROBLEMS_MAX = 20;

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '60' },
  },
});
const from = Number(values.from);
const endMs = performance.now() + Number(values.seconds) * 1_000;
const tally = new Map<string, number>();
let problemCount = 0;
let seed = from;
process.on('uncaughtException', (error) => {
  process.stdout.write(`seed ${seed}: uncaught ${error.stack}\n`);
  process.exitCode = 1;
  throw error;
});
while (seed < from + Number(values.seeds) && performance.now() < endMs) {
  const findings = await fuzzRelay(seed);
  for (const problem of findings.problems) process.stdout.write(`seed ${seed}: ${problem}\n`);
  for (const [ending, count] of findings.tally) tally.set(ending, (tally.get(ending) ?? 0) + count);
  problemCount += findings.problems.length;
  seed += 1;
  if (problemCount >= PROBLEMS_MAX) break;
}
for (const [ending, count] of [...tally].toSorted()) process.stdout.write(`${count}\t${ending}\n`);
process.stdout.write(`seeds ${from} to ${seed - 1}: ${problemCount} problems\n`);
if (problemCount > 0) process.exitCode = 1;
