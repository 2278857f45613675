// The order in which the addresses of a name are tried.

import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { describe, expect, it } from 'vitest';
import { rotate, rotatingLookup } from '#kubernetes/rotate-addresses.ts';

const addresses: LookupAddress[] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => ({
  address,
  family: 4,
}));

function lookUp(name: string, all: boolean): Promise<unknown> {
  return new Promise((resolve) => {
    rotatingLookup(() => 0)(name, { all }, (error, found) => resolve(error?.code ?? found));
  });
}

describe('the addresses of a server', () => {
  it.each([
    [0, '1 2 3'],
    [1, '2 3 1'],
    [2, '3 1 2'],
    [7, '2 3 1'],
  ])('after %i failures are tried in the order %s', (turn, order) => {
    expect(
      rotate(addresses, turn)
        .map(({ address }) => address.at(-1))
        .join(' '),
    ).toBe(order);
  });

  it('may be none', () => {
    expect(rotate([], 3)).toEqual([]);
  });

  it('are looked up as node:net asks for them', async () => {
    expect(await lookUp('127.0.0.1', true)).toEqual([{ address: '127.0.0.1', family: 4 }]);
    expect(await lookUp('127.0.0.1', false)).toBe('127.0.0.1');
    expect(await lookUp('localhost', true)).toEqual(await lookup('localhost', { all: true }));
  });

  it('of a name that does not exist are an error', async () => {
    expect(await lookUp('a.invalid', true)).toMatch(/^(?:ENOTFOUND|EAI_AGAIN)$/);
  });
});
