// What is to be written into the status of an Ingress, as a table: whether it is ours, what it
// shows, who wrote that, which addresses we have, and what follows.

import { expect, it } from 'vitest';
import { statusChange, statusPatch } from '#kubernetes/status-change.ts';

const US = 'headgate/gateway/leader';
const THEM = 'nginx-ingress-controller';

// biome-ignore format: a table
it.each([
  // ours  shows      written by  our addresses  to write
  [true,  [],         [],         ['a', 'b'],    ['a', 'b']],
  [true,  ['a'],      [US],       ['a'],         null],
  [true,  ['a'],      [THEM],     ['a'],         null],
  [true,  ['x'],      [THEM],     ['a'],         ['a']],
  [true,  ['b', 'a'], [US],       ['a', 'b'],    ['a', 'b']],
  [true,  ['a'],      [US],       null,          null],
  [true,  ['a'],      [US],       [],            null],
  [false, [],         [],         ['a'],         null],
  [false, ['a'],      [US],       ['a'],         []],
  [false, ['x'],      [US],       null,          []],
  [false, ['a'],      [THEM],     ['a'],         null],
  [false, ['x'],      [THEM, US], ['a'],         []],
  [false, [],         [US],       ['a'],         null],
])('ours: %s, shows %j by %j, we have %j: writes %j', (isTaken, shown, managers, ours, written) => {
  const status = { version: '7', addresses: shown, managers };
  expect(statusChange({ status, isTaken, addresses: ours, manager: US })).toEqual(written);
});

it('addresses are told from host names', () => {
  expect(statusPatch('7', ['192.0.2.1', '2001:db8::1', 'lb.example'])).toEqual({
    metadata: { resourceVersion: '7' },
    status: {
      loadBalancer: {
        ingress: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }, { hostname: 'lb.example' }],
      },
    },
  });
});

it('no address takes the list away', () => {
  expect(statusPatch('7', [])).toMatchObject({ status: { loadBalancer: { ingress: null } } });
});
