// When something that is being written is due to be read.

import { expect, it } from 'vitest';
import { Settle } from '#kubernetes/settle.ts';

// biome-ignore format: a table
it.each([
  ['five milliseconds after its only event', [100], 105],
  ['five milliseconds after its last event', [100, 103, 107], 112],
  ['forty milliseconds after its first', [100, 108, 116, 124, 132, 136], 140],
])('a key is due %s', (_, events, dueMs) => {
  const settle = new Settle();
  for (const nowMs of events) settle.note('a', nowMs);
  expect(settle.dueMs()).toBe(dueMs);
  expect(settle.take(dueMs - 1)).toEqual([]);
  expect(settle.take(dueMs)).toEqual(['a']);
  expect(settle.dueMs()).toBeNull();
});

it('each key has its own time', () => {
  const settle = new Settle();
  settle.note('a', 100);
  settle.note('b', 103);
  expect(settle.take(105)).toEqual(['a']);
  expect(settle.has('b')).toBe(true);
  expect(settle.dueMs()).toBe(108);
});
