import { expect, it } from 'vitest';
import { ObjectTable } from '#kubernetes/object-table.ts';

it('keeps one value for each namespace and name', () => {
  const table = new ObjectTable<number>();
  table.set('shop', 'web', 1);
  table.set('shop', 'api', 2);
  table.set('bbs', 'web', 3);
  table.set('shop', 'web', 4);
  expect(table.get('shop', 'web')).toBe(4);
  expect(table.get('bbs', 'api')).toBeUndefined();
  expect(table.get('none', 'web')).toBeUndefined();
  expect([table.size, table.values()]).toEqual([3, [4, 2, 3]]);
});

it('forgets what is deleted, once', () => {
  const table = new ObjectTable<number>();
  table.set('shop', 'web', 1);
  for (const name of ['web', 'web', 'other']) table.delete('shop', name);
  table.delete('none', 'web');
  expect([table.size, table.values(), table.get('shop', 'web')]).toEqual([0, [], undefined]);
});
