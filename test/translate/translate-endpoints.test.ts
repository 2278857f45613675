// Which addresses answer for a Service: ports, conditions, families, several slices.

import { describe, expect, it } from 'vitest';
import type { Resource, SliceEndpoint } from '#kubernetes/resources.ts';
import { formatEndpoint } from '#plan/print-plan.ts';
import type { RoutingPlan } from '#plan/routing-plan.ts';
import { translateEndpoints } from '#translate/translate-endpoints.ts';
import { endpoint, endpointSlice, service } from '../support/resources.ts';
import { storeOf } from '../support/store-of.ts';

const TCP = 'TCP';

/** A plan whose only route leads to the upstream of this name. */
function planOf(name: string): RoutingPlan {
  const defaultRoute = {
    match: { type: 'Prefix', path: '/' },
    filters: [],
    upstreams: [{ name, weight: 1 }],
    source: { object: null, field: '' },
  } as const;
  return { virtualHosts: [], defaultRoute };
}

function addressesOf(name: string, ...resources: readonly Resource[]): string {
  const { plan } = translateEndpoints(planOf(name), storeOf(...resources));
  expect(plan.upstreams.map((upstream) => upstream.name)).toEqual([name]);
  return plan.upstreams[0]?.endpoints.map(formatEndpoint).join(' ') ?? '';
}

const READY = endpoint('10.0.0.1', 'ready', 'serving');
const LEAVING = endpoint('10.0.0.2', 'serving', 'terminating');
const LEAVING_BUT_READY = endpoint('10.0.0.3', 'ready', 'serving', 'terminating');
const DOWN = endpoint('10.0.0.4');
const DYING = endpoint('10.0.0.5', 'terminating');
const SERVING_ONLY = endpoint('10.0.0.6', 'serving');

describe('the conditions of endpoints', () => {
  it.each<[string, readonly SliceEndpoint[], string]>([
    ['ready', [READY], '10.0.0.1:8080'],
    ['ready and leaving', [READY, LEAVING], '10.0.0.1:8080'],
    ['ready and down', [DOWN, READY], '10.0.0.1:8080'],
    [
      'ready while leaving, as publishNotReadyAddresses has it',
      [LEAVING_BUT_READY],
      '10.0.0.3:8080',
    ],
    ['leaving only', [LEAVING], '10.0.0.2:8080'],
    ['leaving, down and dying', [LEAVING, DOWN, DYING], '10.0.0.2:8080'],
    ['down', [DOWN], ''],
    ['dying', [DYING], ''],
    ['serving, neither ready nor leaving', [SERVING_ONLY], ''],
    ['none at all', [], ''],
  ])('%s', (_, endpoints, addresses) => {
    expect(addressesOf('shop/web:80', service({}), endpointSlice({ endpoints }))).toBe(addresses);
  });

  it('are weighed over all slices of the Service together', () => {
    const slices = [
      endpointSlice({ name: 'a', endpoints: [LEAVING] }),
      endpointSlice({ name: 'b', endpoints: [READY] }),
    ];
    expect(addressesOf('shop/web:80', service({}), ...slices)).toBe('10.0.0.1:8080');
  });

  it('count as ready if any slice that holds the address says so', () => {
    const slices = [
      endpointSlice({ name: 'a', endpoints: [endpoint('10.0.0.1')] }),
      endpointSlice({ name: 'b', endpoints: [READY] }),
    ];
    expect(addressesOf('shop/web:80', service({}), ...slices)).toBe('10.0.0.1:8080');
  });
});

describe('the port of an upstream', () => {
  const ports = [
    { name: 'http', port: 80, protocol: TCP },
    { name: 'admin', port: 9000, protocol: TCP },
    { name: 'quic', port: 443, protocol: 'UDP' },
  ];
  const slice = endpointSlice({
    endpoints: [READY],
    ports: [
      { name: 'http', port: 8080, protocol: TCP },
      { name: 'admin', port: 8081, protocol: TCP },
      { name: 'admin', port: 8082, protocol: 'UDP' },
      { name: 'quic', port: 8443, protocol: 'UDP' },
      { name: null, port: 1, protocol: TCP },
    ],
  });

  it.each([
    ['shop/web:80', '10.0.0.1:8080'],
    ['shop/web:http', '10.0.0.1:8080'],
    ['shop/web:9000', '10.0.0.1:8081'],
    ['shop/web:admin', '10.0.0.1:8081'],
    ['shop/web:8080', ''],
    ['shop/web:443', ''],
    ['shop/web:quic', ''],
    ['shop/missing:80', ''],
    ['bbs/web:80', ''],
    ['shop/Bucket/web', ''],
    ['shop/Bucket/web:80', ''],
  ])('%s is answered by %j', (name, addresses) => {
    expect(addressesOf(name, service({ ports }), slice)).toBe(addresses);
  });

  it('is not found in a slice that means all ports', () => {
    const anyPort = endpointSlice({
      endpoints: [READY],
      ports: [{ name: null, port: null, protocol: TCP }],
    });
    expect(addressesOf('shop/web:80', service({}), anyPort)).toBe('');
  });
});

describe('addresses', () => {
  it('are merged, sorted and without duplicates', () => {
    const slices = [
      endpointSlice({ name: 'a', endpoints: ['10.0.0.2', '10.0.0.10'].map(ready) }),
      endpointSlice({ name: 'b', endpoints: ['10.0.0.1', '10.0.0.2'].map(ready) }),
      endpointSlice({
        name: 'c',
        endpoints: [ready('10.0.0.2')],
        ports: [{ name: null, port: 80, protocol: TCP }],
      }),
    ];
    const sorted = '10.0.0.1:8080 10.0.0.10:8080 10.0.0.2:80 10.0.0.2:8080';
    expect(addressesOf('shop/web:80', service({}), ...slices)).toBe(sorted);
    expect(addressesOf('shop/web:80', service({}), ...slices.toReversed())).toBe(sorted);
  });

  it('of IPv6 have one spelling', () => {
    const slice = endpointSlice({
      addressType: 'IPv6',
      endpoints: ['2001:DB8::0:1', '2001:db8:0::1', '::1'].map(ready),
    });
    expect(addressesOf('shop/web:80', service({}), slice)).toBe('[2001:db8::1]:8080 [::1]:8080');
  });

  it('of an endpoint with several are interchangeable, so that the first stands for all', () => {
    const both = { ...READY, addresses: ['10.0.0.9', '10.0.0.1'] };
    const slice = endpointSlice({ endpoints: [both, { ...READY, addresses: [] }] });
    expect(addressesOf('shop/web:80', service({}), slice)).toBe('10.0.0.9:8080');
  });

  it.each([
    ['FQDN', 'a.example', 'addressType', 'UnsupportedAddressType'],
    ['IPv4', '2001:db8::1', 'endpoints[1].addresses[0]', 'InvalidAddress'],
    ['IPv6', '10.0.0.1', 'endpoints[1].addresses[0]', 'InvalidAddress'],
  ] as const)('of type %s that read %j are a Problem at %s', (addressType, text, field, reason) => {
    const good = { IPv4: '10.0.0.1', IPv6: '::1', FQDN: 'b.example' }[addressType];
    const slice = endpointSlice({ addressType, endpoints: [ready(good), ready(text)] });
    const { problems } = translateEndpoints(planOf('shop/web:80'), storeOf(service({}), slice));
    const object = { kind: 'EndpointSlice', namespace: 'shop', name: 'web' };
    expect(problems).toMatchObject([{ object, field, reason }]);
  });
});

describe('an ExternalName Service', () => {
  const external = (fields: Parameters<typeof service>[0]) =>
    service({ type: 'ExternalName', externalName: 'API.example.', ports: [], ...fields });
  const named = [{ name: 'https', port: 443, protocol: TCP }];

  it.each([
    ['shop/web:8443', external({}), { host: 'api.example', port: 8443 }],
    ['shop/web:8443', external({ ports: named }), { host: 'api.example', port: 8443 }],
    ['shop/web:https', external({ ports: named }), { host: 'api.example', port: 443 }],
    ['shop/web:https', external({}), null],
    ['shop/web:443', external({ externalName: '192.0.2.1' }), null],
    ['shop/web:443', external({ externalName: '*.example' }), null],
  ])('%s', (name, resource, externalName) => {
    const { plan } = translateEndpoints(planOf(name), storeOf(resource));
    expect(plan.upstreams).toEqual([{ name, endpoints: [], externalName }]);
  });

  it('tells of a name that is an address once, though two ports of it are in use', () => {
    const { defaultRoute } = planOf('shop/web:443');
    const other = planOf('shop/web:80').defaultRoute;
    const plan = {
      virtualHosts: [{ host: '*', routes: other === null ? [] : [other] }],
      defaultRoute,
    };
    const store = storeOf(external({ externalName: '192.0.2.1' }));
    const { problems } = translateEndpoints(plan, store);
    expect(problems).toMatchObject([
      { field: 'spec.externalName', reason: 'InvalidExternalName', position: null },
    ]);
  });
});

function ready(address: string): SliceEndpoint {
  return endpoint(address, 'ready', 'serving');
}
