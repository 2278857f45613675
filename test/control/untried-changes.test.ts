import { beforeEach, describe, expect, it } from 'vitest';
import { UntriedChanges } from '#control/untried-changes.ts';
import type { ObjectChange } from '#kubernetes/resources.ts';
import { endpoint, endpointSlice, ingress, prefix, service } from '../support/resources.ts';

function web(host: string, name = 'web') {
  return ingress({ name, rules: [{ host, paths: [prefix('/')] }] });
}

const [A, B, C] = [web('a.example'), web('b.example'), web('c.example')];

describe('UntriedChanges', () => {
  let untried = new UntriedChanges();
  beforeEach(() => {
    untried = new UntriedChanges();
  });

  it.each<[string, ObjectChange[], ObjectChange[]]>([
    ['a change', [{ before: A, after: B }], [{ before: A, after: B }]],
    [
      'two of one object as one',
      [
        { before: A, after: B },
        { before: B, after: C },
      ],
      [{ before: A, after: C }],
    ],
    [
      'an object that came and changed as one that came',
      [
        { before: null, after: A },
        { before: A, after: B },
      ],
      [{ before: null, after: B }],
    ],
    [
      'none of an object that came and went',
      [
        { before: null, after: A },
        { before: A, after: null },
      ],
      [],
    ],
    [
      'none of an object that is back where it was',
      [
        { before: A, after: B },
        { before: B, after: web('a.example') },
      ],
      [],
    ],
    [
      'none of lines that moved',
      [{ before: A, after: { ...A, locate: () => ({ file: 'web.yaml', line: 7 }) } }],
      [],
    ],
    ['none of pods', [{ before: null, after: endpointSlice({}) }], []],
  ])('gives %s', (_, added, changes) => {
    for (const change of added) untried.add([change]);
    expect(untried.changes).toEqual(changes);
    untried.clear();
    expect(untried.changes).toEqual([]);
  });

  it('has all held back that was bad', () => {
    untried.add([
      { before: null, after: endpointSlice({ endpoints: [endpoint('192.0.2.1', 'ready')] }) },
    ]);
    const tried = [
      { before: A, after: B },
      { before: null, after: service({}) },
    ];
    expect(untried.withdraw(tried)).toEqual(tried);
    expect(untried.changes).toEqual([]);
  });

  it('has an object tried that was mended meanwhile, which may fall back to what was good', () => {
    untried.add([{ before: B, after: C }]);
    const other = { before: null, after: web('d.example', 'other') };
    expect(untried.withdraw([{ before: A, after: B }, other])).toEqual([other]);
    expect(untried.changes).toEqual([{ before: A, after: C }]);
  });
});
