import { expect, it } from 'vitest';
import { formatKey } from '#base/hash.ts';
import { finish } from '#base/sliced.ts';
import { sortedList, valuesOf } from '#base/sorted-list.ts';
import { RouteLabelling } from '#control/route-labels.ts';
import { routeKey } from '#snapshot/keys.ts';
import { routeOf, routingPlanOf } from '../support/plans.ts';

const PLAN = routingPlanOf(
  { 'a.example': ['Prefix /', 'Exact /b'], '*.c.example': ['Prefix /'] },
  routeOf('', 'Prefix /'),
);

it('labels every route by the key under which workers count it', () => {
  const labels = finish(new RouteLabelling().labels(PLAN));
  const keyOf = (host: string, type: 'Prefix' | 'Exact', path: string): string =>
    formatKey(routeKey({ host, type, path }));
  expect(labels.size).toBe(4);
  expect(labels.get(keyOf('a.example', 'Exact', '/b'))).toEqual({
    host: 'a.example',
    path: '/b',
    path_type: 'Exact',
    namespace: 'test',
    ingress: 'a.example',
  });
  expect(labels.get(keyOf('*.c.example', 'Prefix', '/'))?.host).toBe('*.c.example');
  expect(labels.get(keyOf('', 'Prefix', '/'))?.host).toBe('');
});

it('makes the labels of a virtual host once, and forgets those of one that went', () => {
  const labelling = new RouteLabelling();
  const before = finish(labelling.labels(PLAN));
  const kept = valuesOf(PLAN.virtualHosts).slice(0, 1);
  const after = finish(labelling.labels({ ...PLAN, virtualHosts: sortedList(kept) }));
  expect(after.size).toBeLessThan(before.size);
  for (const { match } of kept[0]?.routes ?? []) {
    const key = formatKey(routeKey({ host: kept[0]?.host ?? '', ...match }));
    expect(after.get(key)).toBe(before.get(key));
  }
});
