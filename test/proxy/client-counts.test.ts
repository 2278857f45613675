import { describe, expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { ClientCounts, clientOf } from '#proxy/client-counts.ts';

describe('a client', () => {
  it.each([
    // one address          another                  are one client
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.2', false],
    ['2001:db8::1', '2001:db8::ffff:0:0:2', true],
    ['2001:db8:0:1::1', '2001:db8:0:2::1', false],
    ['fe80::1%eth0', 'fe80::2%eth0', true],
    ['::1', '192.0.2.1', false],
  ])('at %s is the one at %s: %s', (one, another, areOne) => {
    expect(clientOf(one) === clientOf(another)).toBe(areOne);
  });

  it('may have so many connections, and another one for each that ends', () => {
    const counts = new ClientCounts();
    for (let count = 0; count < limits.connectionsPerClientMax; count += 1) {
      expect(counts.enter('a')).toBe(true);
    }
    expect(counts.enter('a')).toBe(false);
    expect(counts.enter('b')).toBe(true);
    counts.leave('a');
    expect([counts.enter('a'), counts.enter('a')]).toEqual([true, false]);
  });
});
