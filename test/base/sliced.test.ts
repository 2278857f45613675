import { expect, it } from 'vitest';
import { finish, type Sliced } from '#base/sliced.ts';

function* sum(numbers: readonly number[]): Sliced<number> {
  let total = 0;
  for (const number of numbers) {
    total += number;
    yield;
  }
  return total;
}

it.each([
  [[], 0],
  [[1, 2, 3], 6],
])('work in slices over %o ends with %i', (numbers, total) => {
  expect(finish(sum(numbers))).toBe(total);
});
