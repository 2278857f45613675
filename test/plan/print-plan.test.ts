// A printed plan is YAML that says what the plan says; text of strangers stays inside its quotes.

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { sortedList } from '#base/sorted-list.ts';
import { NO_ENDPOINTS, PLAIN_HTTP1 } from '#plan/endpoint-plan.ts';
import { formatEndpoint, printPlan } from '#plan/print-plan.ts';
import { ADMITS_ANY, NO_ROUTES, type Route } from '#plan/routing-plan.ts';

const HOSTILE = 'a"\n- }\u001b[2J\u202e\u2028:';

function route(type: 'Exact' | 'Prefix', path: string, ...names: readonly string[]): Route {
  return {
    match: { type, path },
    filters: [],
    upstreams: names.map((name, index) => ({ name, weight: index + 1 })),
    source: { object: { kind: 'Ingress', namespace: 'shop', name: 'web' }, field: 'spec.rules[0]' },
  };
}

describe('a plan', () => {
  it('without anything is three empty keys', () => {
    const text = printPlan(NO_ROUTES, NO_ENDPOINTS);
    expect(text).toBe('virtualHosts: []\ndefaultRoute: null\nupstreams: []\n');
  });

  it('is YAML that holds all of it', () => {
    const text = printPlan(
      {
        virtualHosts: sortedList([
          {
            host: '*.shop.example',
            routes: [route('Exact', '/a', 'shop/a:80', 'shop/b:80')],
            ...ADMITS_ANY,
          },
          { host: 'null', routes: [], ...ADMITS_ANY },
        ]),
        defaultRoute: {
          ...route('Prefix', '/', 'shop/c:80'),
          source: { object: null, field: 'x' },
        },
      },
      {
        upstreams: sortedList([
          {
            name: 'shop/a:80',
            endpoints: [
              { address: '10.0.0.1', port: 80 },
              { address: '::1', port: 80 },
            ],
            externalName: null,
            transport: PLAIN_HTTP1,
          },
          {
            name: 'shop/b:80',
            endpoints: [],
            externalName: { host: 'api.example', port: 443 },
            transport: PLAIN_HTTP1,
          },
        ]),
      },
    );
    expect(parse(text)).toEqual({
      virtualHosts: [
        {
          host: '*.shop.example',
          routes: [
            {
              Exact: '/a',
              upstreams: { 'shop/a:80': 1, 'shop/b:80': 2 },
              source: 'Ingress shop/web spec.rules[0]',
            },
          ],
        },
        { host: 'null', routes: [] },
      ],
      defaultRoute: { Prefix: '/', upstreams: { 'shop/c:80': 1 }, source: 'x' },
      upstreams: [
        { name: 'shop/a:80', endpoints: ['10.0.0.1:80', '[::1]:80'] },
        { name: 'shop/b:80', endpoints: [], externalName: 'api.example:443' },
      ],
    });
  });

  it('keeps text of strangers inside its quotes and off the terminal', () => {
    const virtualHosts = sortedList([
      { host: 'shop.example', routes: [route('Prefix', '/', HOSTILE)], ...ADMITS_ANY },
    ]);
    const text = printPlan({ virtualHosts, defaultRoute: null }, NO_ENDPOINTS);
    expect(text).toMatch(/^[ -~\n]*$/);
    expect(parse(text).virtualHosts[0].routes[0].upstreams).toEqual({ [HOSTILE]: 1 });
  });
});

it.each([
  ['10.0.0.1', '10.0.0.1:80'],
  ['2001:db8::1', '[2001:db8::1]:80'],
])('an endpoint at %s is written %s', (address, text) => {
  expect(formatEndpoint({ address, port: 80 })).toBe(text);
});
