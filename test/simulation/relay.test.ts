// Seeded runs of the data plane between hostile clients and upstreams. `npm run fuzz` runs more.

import { expect, it } from 'vitest';
import { fuzzRelay } from '../support/fuzz/fuzz-relay.ts';

const SEEDS_PER_TEST = 25;

it.each([1, 101, 201, 301, 401, 501])(
  'what is relayed is never mixed up, seeds from %i',
  async (first) => {
    const endings = new Set<string>();
    for (let seed = first; seed < first + SEEDS_PER_TEST; seed += 1) {
      const { problems, tally } = await fuzzRelay(seed);
      expect(problems, `seed ${seed}`).toEqual([]);
      for (const ending of tally.keys()) endings.add(ending);
    }
    // A run in which little happens proves little.
    expect(endings.size).toBeGreaterThan(20);
  },
);
