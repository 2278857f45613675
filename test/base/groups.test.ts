import { expect, it } from 'vitest';
import { Groups } from '#base/groups.ts';

it('keeps the values of a key together, each once', () => {
  const groups = new Groups<string>();
  groups.add('fruit', 'plum');
  groups.add('fruit', 'pear');
  groups.add('fruit', 'plum');
  groups.add('tree', 'oak');
  expect([...groups.get('fruit')]).toEqual(['plum', 'pear']);
  groups.delete('fruit', 'plum');
  groups.delete('fruit', 'oak');
  expect([...groups.get('fruit')]).toEqual(['pear']);
  groups.delete('fruit', 'pear');
  expect([...groups.get('fruit')]).toEqual([]);
  expect([...groups.get('tree')]).toEqual(['oak']);
});
