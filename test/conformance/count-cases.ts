// Prints how many cases of the byte suite each section has.
//
//   node test/conformance/count-cases.ts

import { countByRule } from './all-cases.ts';

const counts = countByRule();
for (const [rule, count] of counts) {
  process.stdout.write(`${String(count).padStart(4)}  ${rule}\n`);
}
const total = counts.reduce((sum, [, count]) => sum + count, 0);
process.stdout.write(`${String(total).padStart(4)}  in ${counts.length} sections\n`);
