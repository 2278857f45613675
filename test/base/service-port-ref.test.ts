// How a port of a Service is written, and what is no way to write it.

import { expect, it } from 'vitest';
import { parseServicePortRef } from '#base/service-port-ref.ts';

it.each([
  ['web/site:80', { namespace: 'web', service: 'site', port: 80 }],
  ['web/site:65535', { namespace: 'web', service: 'site', port: 65_535 }],
  ['web/site:http', { namespace: 'web', service: 'site', port: 'http' }],
  ['web/site:h2', { namespace: 'web', service: 'site', port: 'h2' }],
  ['web/site:0', null],
  ['web/site:080', null],
  ['web/site:65536', null],
  ['web/site', null],
  ['site:80', null],
  ['a/b/c:80', null],
  ['web/site:80 ', null],
  ['', null],
])('%j', (text, ref) => {
  expect(parseServicePortRef(text)).toEqual(ref);
});
