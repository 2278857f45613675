import { expect, it } from 'vitest';
import { HeldContent } from '#proxy/http2/held-content.ts';

it('gives out what was added, in order, and then holds nothing', () => {
  const held = new HeldContent();
  const bytes = Buffer.from('0123456789', 'latin1');
  for (let round = 0; round < 2_000; round += 1) held.add(bytes, 2, 7);
  expect(held.isEmpty).toBe(false);
  expect(held.take().toString('latin1')).toBe('23456'.repeat(2_000));
  expect(held.isEmpty).toBe(true);
  expect(held.take()).toHaveLength(0);
});

it('does not keep the bytes that it was lent', () => {
  const held = new HeldContent();
  const bytes = Buffer.from('first', 'latin1');
  held.add(bytes, 0, 5);
  bytes.fill('x');
  expect(held.take().toString('latin1')).toBe('first');
});
