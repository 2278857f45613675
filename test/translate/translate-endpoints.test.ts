// Which addresses answer for a Service: ports, conditions, families, several slices.

import { describe, expect, it } from 'vitest';
import { EMPTY_LIST, sortedList, valuesOf } from '#base/sorted-list.ts';
import type { Resource, SliceEndpoint } from '#kubernetes/resources.ts';
import { PLAIN_HTTP1 } from '#plan/endpoint-plan.ts';
import { formatEndpoint } from '#plan/print-plan.ts';
import { ADMITS_ANY, type RoutingPlan } from '#plan/routing-plan.ts';
import { EndpointTranslator } from '#translate/endpoint-translator.ts';
import { translateEndpoints } from '#translate/translate-endpoints.ts';
import type { EndpointOptions } from '#translate/translate-input.ts';
import { endpoint, endpointSlice, node, service, servicePort } from '../support/resources.ts';
import { storeOf } from '../support/store-of.ts';
import { optionsOf } from '../support/translate-options.ts';

const TCP = 'TCP';

/** A plan whose only route leads to the upstream of this name. */
function planOf(name: string): RoutingPlan {
  const defaultRoute = {
    match: { type: 'Prefix', path: '/' },
    filters: [],
    upstreams: [{ name, weight: 1 }],
    source: { object: null, field: '' },
  } as const;
  return { virtualHosts: EMPTY_LIST, defaultRoute };
}

const OPTIONS = optionsOf();

function addressesOf(name: string, ...resources: readonly Resource[]): string {
  return addressesBy(OPTIONS, name, ...resources);
}

function addressesBy(
  options: EndpointOptions,
  name: string,
  ...resources: readonly Resource[]
): string {
  const { plan } = translateEndpoints(planOf(name), storeOf(...resources), options);
  expect(valuesOf(plan.upstreams).map((upstream) => upstream.name)).toEqual([name]);
  return valuesOf(plan.upstreams)[0]?.endpoints.map(formatEndpoint).join(' ') ?? '';
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
    servicePort('http', 80),
    servicePort('admin', 9000),
    servicePort('quic', 443, 'UDP'),
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
    const { problems } = translateEndpoints(
      planOf('shop/web:80'),
      storeOf(service({}), slice),
      OPTIONS,
    );
    const object = { kind: 'EndpointSlice', namespace: 'shop', name: 'web' };
    expect(problems).toMatchObject([{ object, field, reason }]);
  });
});

describe('an ExternalName Service', () => {
  const external = (fields: Parameters<typeof service>[0]) =>
    service({ type: 'ExternalName', externalName: 'API.example.', ports: [], ...fields });
  const named = [servicePort('https', 443)];

  it.each([
    ['shop/web:8443', external({}), { host: 'api.example', port: 8443 }],
    ['shop/web:8443', external({ ports: named }), { host: 'api.example', port: 8443 }],
    ['shop/web:https', external({ ports: named }), { host: 'api.example', port: 443 }],
    ['shop/web:https', external({}), null],
    ['shop/web:443', external({ externalName: '192.0.2.1' }), null],
    ['shop/web:443', external({ externalName: '*.example' }), null],
  ])('%s', (name, resource, externalName) => {
    const { plan } = translateEndpoints(planOf(name), storeOf(resource), OPTIONS);
    const upstream = { name, endpoints: [], externalName, transport: PLAIN_HTTP1 };
    expect(valuesOf(plan.upstreams)).toEqual([upstream]);
  });

  it('tells of a name that is an address once, though two ports of it are in use', () => {
    const { defaultRoute } = planOf('shop/web:443');
    const other = planOf('shop/web:80').defaultRoute;
    const plan = {
      virtualHosts: sortedList([
        { host: '*', routes: other === null ? [] : [other], ...ADMITS_ANY },
      ]),
      defaultRoute,
    };
    const store = storeOf(external({ externalName: '192.0.2.1' }));
    const { problems } = translateEndpoints(plan, store, OPTIONS);
    expect(problems).toMatchObject([
      { field: 'spec.externalName', reason: 'InvalidExternalName', position: null },
    ]);
  });
});

function ready(address: string): SliceEndpoint {
  return endpoint(address, 'ready', 'serving');
}

describe('a pod in the slices of both families', () => {
  const pod = (name: string, address: string, ...rest: ('ready' | 'terminating')[]) => ({
    ...endpoint(address, 'serving', ...rest),
    target: `Pod/${name}`,
  });
  const slices = (v4: readonly SliceEndpoint[], v6: readonly SliceEndpoint[]) => [
    endpointSlice({ name: 'a', endpoints: v4 }),
    endpointSlice({ name: 'b', endpoints: v6, addressType: 'IPv6' }),
  ];
  const [A4, A6] = [pod('a', '10.0.0.1', 'ready'), pod('a', 'fd00::1', 'ready')];
  const [B4, B6] = [pod('b', '10.0.0.2', 'ready'), pod('b', 'fd00::2', 'ready')];
  const [L4, L6] = [pod('l', '10.0.0.3', 'terminating'), pod('l', 'fd00::3', 'terminating')];

  // biome-ignore format: a table
  it.each<[string, 'IPv4' | 'IPv6', SliceEndpoint[], SliceEndpoint[], string]>([
    ['counts once, by the first family',           'IPv4', [A4, B4], [A6, B6], '10.0.0.1:8080 10.0.0.2:8080'],
    ['counts once, by the first family',           'IPv6', [A4, B4], [A6, B6], '[fd00::1]:8080 [fd00::2]:8080'],
    ['has the other family where it has only that', 'IPv4', [A4],     [A6, B6], '10.0.0.1:8080 [fd00::2]:8080'],
    ['has the other family where it has only that', 'IPv6', [A4, B4], [],       '10.0.0.1:8080 10.0.0.2:8080'],
    ['counts once while it leaves',                'IPv6', [L4],     [L6],     '[fd00::3]:8080'],
    ['that leaves yields to one that is ready',    'IPv4', [L4],     [L6, B6], '[fd00::2]:8080'],
    ['that nothing names counts for each address', 'IPv4', [READY],  [ready('::1')], '10.0.0.1:8080 [::1]:8080'],
  ])('%s, %s', (_, ipFamily, v4, v6, addresses) => {
    const objects = slices(v4, v6);
    expect(addressesOf('shop/web:80', service({ ipFamily }), ...objects)).toBe(addresses);
    const turned = objects.toReversed();
    expect(addressesOf('shop/web:80', service({ ipFamily }), ...turned)).toBe(addresses);
  });
});

describe('hints of endpoints', () => {
  /** `zone:count` or `zone@node:count`, with addresses that count up from 10.0.0.1. */
  function sliceOf(text: string) {
    const hints = text.split(' ').flatMap((part) => {
      const [, zone = '', name, count] = /^([^@:]*)(?:@([^:]*))?:(\d+)$/.exec(part) ?? [];
      const hint = { forZones: zone === '' ? [] : [zone], forNodes: name ? [name] : [] };
      return new Array(Number(count)).fill(hint);
    });
    const endpoints = hints.map((hint, index) => ({ ...ready(`10.0.0.${index + 1}`), ...hint }));
    return endpointSlice({ endpoints });
  }

  // biome-ignore format: a table
  it.each([
    ['those for our zone are used',                  'a:2 b:2',           2],
    ['one is enough where others have one too',      'a:1 b:1 c:1',       1],
    ['half of a fair share is enough',               'a:1 b:3',           1],
    ['less than half is not',                        'a:1 b:4',           5],
    ['less than half is not, of three zones',        'a:1 b:4 c:2',       7],
    ['none for our zone: all are used',              'b:2 c:2',           4],
    ['one without a hint: all are used',             'a:2 b:2 :1',        5],
    ['no hints: all are used',                       ':3',                3],
    ['those for our node are nearer than the zone',  'a@n:1 a@m:1 b@o:1', 1],
    ['too few for our node: those for the zone',     'a@n:1 a@m:4 b@o:4', 5],
    ['none for our node: those for the zone',        'a@m:1 b@o:1',       1],
  ])('%s: %s', (_, hints, count) => {
    const options = optionsOf({ nodeName: 'n', zone: 'a' });
    const addresses = addressesBy(options, 'shop/web:80', service({}), sliceOf(hints));
    expect(addresses.split(' ')).toHaveLength(count);
    expect(addresses).toMatch(/^10\.0\.0\.1:8080/);
  });

  // biome-ignore format: a table
  it.each([
    ['the option',              { zone: 'a' },                  [node({ name: 'n', zone: 'b' })], 1],
    ['the option, not the Node', { zone: 'a', nodeName: 'n' },   [node({ name: 'n', zone: 'b' })], 1],
    ['our Node',                { nodeName: 'n' },              [node({ name: 'n', zone: 'a' })], 1],
    ['no other Node',           { nodeName: 'n' },              [node({ name: 'm', zone: 'a' })], 2],
    ['nothing',                 {},                             [node({ name: 'n', zone: 'a' })], 2],
  ])('count from the zone that %s says', (_, fields, nodes, count) => {
    const options = optionsOf(fields);
    const objects = [service({}), sliceOf('a:1 b:1'), ...nodes];
    expect(addressesBy(options, 'shop/web:80', ...objects).split(' ')).toHaveLength(count);
  });
});

describe('the protocol of a port', () => {
  // biome-ignore format: a table
  it.each([
    // appProtocol,       as an annotation,  on the wire
    [null,                null,    'http/1.1'],
    ['http',              null,    'http/1.1'],
    ['kubernetes.io/ws',  null,    'http/1.1'],
    ['example.com/mine',  null,    'http/1.1'],
    ['kubernetes.io/h2c', null,    'h2'],
    ['grpc',              null,    'h2'],
    ['grpcs',             null,    'h2 in TLS'],
    ['https',             null,    'http/1.1 in TLS'],
    ['HTTPS',             null,    'http/1.1 in TLS'],
    ['kubernetes.io/wss', null,    'http/1.1 in TLS'],
    ['https',             'HTTP',  'http/1.1'],
    [null,                'grpc',  'h2'],
    [null,                'GRPCS', 'h2 in TLS'],
    [null,                'Https', 'http/1.1 in TLS'],
  ])('%s, as an annotation %s, is %s', (appProtocol, annotation, wire) => {
    const ports = [servicePort('quic', 443, 'UDP'), { ...servicePort(null, 80), appProtocol }];
    const annotations = new Map(annotation === null ? [] : [['backend-protocol', annotation]]);
    const objects = [service({ ports, annotations }), endpointSlice({ endpoints: [READY] })];
    expect(addressesOf('shop/web:80', ...objects)).toBe('10.0.0.1:8080');
    const store = storeOf(...objects);
    const { plan, problems } = translateEndpoints(planOf('shop/web:80'), store, OPTIONS);
    expect(problems).toEqual([]);
    const { protocol, tls } = valuesOf(plan.upstreams)[0]!.transport;
    expect(`${protocol}${tls === null ? '' : ' in TLS'}`).toBe(wire);
  });
});

it('a Service of very many slices is translated a little at a time', () => {
  const SLICES = 1_000;
  const slices = Array.from({ length: SLICES }, (_, index) =>
    endpointSlice({
      name: `web-${index}`,
      endpoints: Array.from({ length: 10 }, (_pod, pod) =>
        endpoint(`10.${index >> 8}.${index & 255}.${pod}`, 'ready'),
      ),
    }),
  );
  const store = storeOf(service({}), ...slices);
  const work = new EndpointTranslator(OPTIONS).translate(planOf('shop/web:80'), store, null);
  let pauses = 0;
  for (;;) {
    const step = work.next();
    if (step.done === true) {
      expect(valuesOf(step.value.plan.upstreams)[0]?.endpoints).toHaveLength(10 * SLICES);
      break;
    }
    pauses += 1;
  }
  expect(pauses).toBeGreaterThan(SLICES);
});
