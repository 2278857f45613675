import { expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { connectionsPerWorker, openFilesMax } from '#control/open-files.ts';

it('knows how many files this process may open', () => {
  expect(openFilesMax()).toBeGreaterThan(limits.descriptorsReserved);
  expect(openFilesMax('/nowhere')).toBe(Number.POSITIVE_INFINITY);
});

it.each([
  // descriptors               workers  connections of each
  [1_024, 1, 256],
  [1_024, 2, 128],
  [1_048_576, 8, 43_680],
  [1_048_576, 1, limits.downstreamConnectionsMax],
  [Number.POSITIVE_INFINITY, 8, limits.downstreamConnectionsMax],
  [64, 4, 1],
])(
  'of %d descriptors each of %i workers spends %i on clients',
  (descriptors, workers, expected) => {
    expect(connectionsPerWorker(descriptors, workers)).toBe(expected);
  },
);
