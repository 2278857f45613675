// What is taken over from round to round, and what is made again.

import { expect, it } from 'vitest';
import { KEY_ALONE, Recall } from '#base/recall.ts';

/** Says for each take what it got, and counts what was made. */
class Counted {
  readonly recall = new Recall<string, string>();
  made = 0;

  take(key: string, ...sources: readonly unknown[]): string {
    return this.recall.take(key, sources, () => {
      this.made += 1;
      return `${key} ${this.made}`;
    });
  }
}

const A = { id: 1 };
const B = { id: 1 };

// biome-ignore format: a table
it.each([
  ['is taken over while its sources are the same objects', [A, B], [A, B], 'key 1'],
  ['is made again when a source is another object, though an equal one', [A], [B], 'key 2'],
  ['is made again when a source comes',  [A],    [A, B], 'key 2'],
  ['is made again when a source goes',   [A, B], [A],    'key 2'],
  ['is made again when sources change places', [A, B], [B, A], 'key 2'],
  ['is taken over when it has no source but its key', [], [], 'key 1'],
])('a value %s', (_, before, after, expected) => {
  const counted = new Counted();
  expect(counted.take('key', ...before)).toBe('key 1');
  counted.recall.endRound();
  expect(counted.take('key', ...after)).toBe(expected);
});

it('forgets what was not asked for in a round', () => {
  const counted = new Counted();
  for (const key of ['a', 'b']) counted.take(key);
  counted.recall.endRound();
  counted.take('a');
  counted.recall.endRound();
  expect([counted.take('a'), counted.take('b')]).toEqual(['a 1', 'b 3']);
});

it('remembers nothing of what could not be made', () => {
  const recall = new Recall<string, number>();
  const fail = (): number => {
    throw new Error('a mistake');
  };
  expect(() => recall.take('key', KEY_ALONE, fail)).toThrow('a mistake');
  expect(recall.take('key', KEY_ALONE, () => 1)).toBe(1);
});
