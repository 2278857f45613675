// The names of upstreams there and back.

import { expect, it } from 'vitest';
import { parseUpstreamName, upstreamName } from '#translate/upstream-name.ts';

it.each([
  ['shop/web:80', { namespace: 'shop', service: 'web', port: 80, ingress: null }],
  ['shop/web:http', { namespace: 'shop', service: 'web', port: 'http', ingress: null }],
  ['shop/web:h2c', { namespace: 'shop', service: 'web', port: 'h2c', ingress: null }],
  ['shop/web:80@api.v1', { namespace: 'shop', service: 'web', port: 80, ingress: 'api.v1' }],
])('%s', (name, ref) => {
  expect(upstreamName(ref, ref.ingress)).toBe(name);
  expect(parseUpstreamName(name)).toEqual(ref);
});

it.each(['shop/Bucket/static', 'shop/web', 'web', ''])('%j is the name of no Service', (name) => {
  expect(parseUpstreamName(name)).toBeNull();
});
