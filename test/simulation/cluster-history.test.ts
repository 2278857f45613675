// Whatever happens to a cluster and on the way to it, in the end what is served is what its objects
// say, byte for byte; and what stays in the cluster is served all the time. `cluster-histories.ts`
// runs more of the same.

import { expect, it } from 'vitest';
import { runClusterHistory } from '../support/cluster-history.ts';

const SEEDS = Array.from({ length: 8 }, (_, index) => index + 1);

it('after any history of objects and faults the served table is that of the objects', async () => {
  // Together, since most of the time of each is waiting.
  const findings = await Promise.all(SEEDS.map((seed) => runClusterHistory(seed)));
  const problems = findings.flatMap((one, index) =>
    one.problems.map((problem) => `seed ${SEEDS[index]}: ${problem}`),
  );
  expect(problems).toEqual([]);
  const struck = findings.flatMap(({ faults }) => [...faults.entries()]);
  const names = new Set(struck.filter(([, hits]) => hits > 0).map(([name]) => name));
  expect(names.size, [...names].join()).toBeGreaterThan(6);
  const generations = findings.reduce((sum, one) => sum + one.generations, 0);
  expect(generations).toBeGreaterThan(4 * SEEDS.length);
}, 120_000);
