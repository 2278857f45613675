// The order of the routes of a host, and who wins where two objects ask for the same.

import { expect, it } from 'vitest';
import { comparePrecedence, compareSeniority } from '#plan/precedence.ts';
import type { PathMatch } from '#plan/routing-plan.ts';

const IN_ORDER: readonly PathMatch[] = [
  { type: 'Exact', path: '/foo/bar' },
  { type: 'Exact', path: '/bar' },
  { type: 'Exact', path: '/foo' },
  { type: 'Exact', path: '/' },
  { type: 'Prefix', path: '/foo/bar' },
  { type: 'Prefix', path: '/FOO' },
  { type: 'Prefix', path: '/foo' },
  { type: 'Prefix', path: '/' },
];

it('puts Exact before Prefix, then the longer before the shorter, then by bytes', () => {
  expect(IN_ORDER.toReversed().sort(comparePrecedence)).toEqual(IN_ORDER);
});

const SENIORS_FIRST: readonly [string, number | null][] = [
  ['z/old', 1_000],
  ['a/twin', 2_000],
  ['a/twin2', 2_000],
  ['b/twin', 2_000],
  ['a-b/unborn', null],
  ['a/unborn', null],
];

it('puts the oldest object first, then by namespace/name; without a timestamp comes last', () => {
  const objects = SENIORS_FIRST.map(([id, createdAtMs]) => ({ id, createdAtMs }));
  expect(objects.toReversed().sort(compareSeniority)).toEqual(objects);
});
