// What each kind takes, with the defaults of the API, and what it says of the rest.

import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { KINDS } from '#kubernetes/kinds.ts';
import { type Parsed, parse } from '#kubernetes/parse.ts';

const META = 'metadata: {name: x, namespace: shop}';
const PORT = 'a port number from 1 to 65535';
const NAME = 'a DNS name (at most 253 of a-z, 0-9, - and .)';
const LABEL = 'a DNS label (at most 63 of a-z, 0-9 and -)';
const PORT_NAME = 'a port name (at most 15 of a-z, 0-9 and -, with a letter)';

function parseText(kindName: string, text: string): Parsed {
  const kind = KINDS.find((row) => row.kind === kindName);
  if (kind === undefined) throw new Error(`no kind ${kindName}`);
  return parse(kind, parseYaml(text), null);
}

function expectResource(kind: string, text: string, fields: object): void {
  const parsed = parseText(kind, text);
  expect(parsed.faults).toEqual([]);
  expect(parsed.resource).toMatchObject({ kind, name: 'x', ...fields });
}

/** `spec.type: expected ...` */
function faultsOf(kind: string, text: string): string[] {
  const { faults, resource } = parseText(kind, text);
  expect(resource === null).toBe(faults.length > 0);
  return faults.map(({ field, message }) => `${field}: ${message}`);
}

describe('metadata', () => {
  // biome-ignore format: a table
  it.each([
    ['{name: x}',                                           { namespace: 'default' }],
    ['{name: x, namespace: shop}',                          { namespace: 'shop' }],
    ['{name: x, creationTimestamp: 1970-01-01T00:00:01Z}',  { createdAtMs: 1_000 }],
    ['{name: x, creationTimestamp: null}',                  { createdAtMs: null }],
    ['{name: x}',                                           { createdAtMs: null }],
  ])('%s gives %j', (metadata, fields) => {
    expectResource('Service', `metadata: ${metadata}`, fields);
  });

  // biome-ignore format: a table
  it.each([
    ['{}',                               `metadata.name: expected ${NAME}, found nothing`],
    ['[a]',                              'metadata: expected a map, found a list'],
    ['{name: Ab}',                       `metadata.name: expected ${NAME}, found "Ab"`],
    ['{name: a..b}',                     `metadata.name: expected ${NAME}, found "a..b"`],
    ['{name: 1}',                        `metadata.name: expected ${NAME}, found 1`],
    ['{name: {}}',                       `metadata.name: expected ${NAME}, found a map`],
    ['{name: a, namespace: b.c}',        `metadata.namespace: expected ${LABEL}, found "b.c"`],
    ['{name: a, creationTimestamp: 7}',
      'metadata.creationTimestamp: expected a time such as 2026-01-31T12:00:00Z, found 7'],
    ['{name: a, creationTimestamp: 2026-99-99T00:00:00Z}',
      'metadata.creationTimestamp: expected a time such as 2026-01-31T12:00:00Z, ' +
      'found "2026-99-99T00:00:00Z"'],
  ])('%s is wrong: %s', (metadata, fault) => {
    expect(faultsOf('Service', `metadata: ${metadata}`)).toEqual([fault]);
  });

  it('names an object that is wrong elsewhere', () => {
    const ref = { kind: 'Ingress', namespace: 'shop', name: 'x' };
    expect(parseText('Ingress', META).ref).toEqual(ref);
    expect(parseText('Ingress', 'metadata: {}').ref).toBeNull();
  });
});

describe('Service', () => {
  const tcp80 = { name: null, port: 80, protocol: 'TCP', appProtocol: null };
  const dns53 = { name: 'dns', port: 53, protocol: 'UDP' };
  // biome-ignore format: a table
  it.each([
    ['null',                                                { type: 'ClusterIP', ports: [] }],
    ['{ports: [{port: 80}]}',                               { ports: [tcp80] }],
    ['{ports: [{name: "", port: 80}]}',                     { ports: [tcp80] }],
    ['{ports: [{name: dns, port: 53, protocol: UDP}]}',     { ports: [dns53] }],
    ['{ports: [{port: 80, appProtocol: grpc}]}',  { ports: [{ ...tcp80, appProtocol: 'grpc' }] }],
    ['{ipFamilies: [IPv6, IPv4]}',                          { ipFamily: 'IPv6' }],
    ['{ipFamilies: null}',                                  { ipFamily: 'IPv4' }],
    ['{type: NodePort, externalName: x}',                   { externalName: null }],
    ['{type: ExternalName, externalName: A.example.}',      { externalName: 'A.example.' }],
  ])('spec: %s gives %j', (spec, fields) => {
    expectResource('Service', `${META}\nspec: ${spec}`, fields);
  });

  // biome-ignore format: a table
  it.each([
    ['{type: ExternalName}',      `spec.externalName: expected ${NAME}, found nothing`],
    ['{ports: {port: 80}}',       'spec.ports: expected a list, found a map'],
    ['{ports: [80]}',             'spec.ports[0]: expected a map, found 80'],
    ['{ports: [null]}',           `spec.ports[0].port: expected ${PORT}, found nothing`],
    ['{ports: [{}]}',             `spec.ports[0].port: expected ${PORT}, found nothing`],
    ['{ports: [{port: "80"}]}',   `spec.ports[0].port: expected ${PORT}, found "80"`],
    ['{ports: [{port: 0}]}',      `spec.ports[0].port: expected ${PORT}, found 0`],
    ['{ports: [{port: 65536}]}',  `spec.ports[0].port: expected ${PORT}, found 65536`],
    ['{ports: [{port: .nan}]}',   `spec.ports[0].port: expected ${PORT}, found NaN`],
    ['{ports: [{port: 1e300}]}',  `spec.ports[0].port: expected ${PORT}, found 1e+300`],
    ['{ports: [{port: 1, name: A}]}', `spec.ports[0].name: expected ${LABEL}, found "A"`],
    ['{ports: [{port: 1, protocol: tcp}]}',
      'spec.ports[0].protocol: expected TCP or UDP or SCTP, found "tcp"'],
    ['{ipFamilies: [ipv4]}', 'spec.ipFamilies[0]: expected IPv4 or IPv6, found "ipv4"'],
    ['{type: Cluster}',
      'spec.type: expected ClusterIP or NodePort or LoadBalancer or ExternalName, found "Cluster"'],
  ])('spec: %s is wrong: %s', (spec, fault) => {
    expect(faultsOf('Service', `${META}\nspec: ${spec}`)).toEqual([fault]);
  });
});

describe('Ingress', () => {
  const backend = { type: 'service', service: 'web', port: 80 };
  const named = { ...backend, port: 'http-2' };
  const bucket = { type: 'resource', resourceKind: 'Bucket', resourceName: 'b' };
  const prefix = { path: '', pathType: 'Prefix', backend };
  const web80 = 'service: {name: web, port: {number: 80}}';
  // biome-ignore format: a table
  it.each([
    ['{rules: [{host: ""}]}',                         { rules: [{ host: null, paths: [] }] }],
    ['{rules: [{host: A.b}]}',                        { rules: [{ host: 'A.b', paths: [] }] }],
    [`{rules: [{http: {paths: [{pathType: Prefix, backend: {${web80}}}]}}]}`,
                                                      { rules: [{ host: null, paths: [prefix] }] }],
    [`{defaultBackend: {${web80}}}`,                  { defaultBackend: backend, rules: [] }],
    ['{defaultBackend: {service: {name: web, port: {name: http-2}}}}',
                                                      { defaultBackend: named }],
    ['{defaultBackend: {resource: {kind: Bucket, name: b}}}',
                                                      { defaultBackend: bucket }],
    ['{rules: [], ingressClassName: a}',              { ingressClassName: 'a' }],
    ['{rules: [], tls: [{hosts: [a.b], secretName: s}]}',
      { tls: [{ hosts: ['a.b'], secretName: 's' }] }],
    ['{rules: [], tls: [{}]}',                        { tls: [{ hosts: [], secretName: null }] }],
  ])('spec: %s gives %j', (spec, fields) => {
    expectResource('Ingress', `${META}\nspec: ${spec}`, fields);
  });

  // biome-ignore format: a table
  it.each([
    ['null',
      'spec.rules: expected a list of rules, or a defaultBackend beside it, found nothing'],
    ['a',    'spec: expected a map, found "a"'],
    ['{rules: [{http: {}}]}',
      'spec.rules[0].http.paths: expected a list of at least one path, found nothing'],
    ['{rules: [{host: 1, http: null}]}',
      'spec.rules[0].host: expected a string, found 1'],
    [`{rules: [{http: {paths: [{path: /, backend: {${web80}}}]}}]}`,
      'spec.rules[0].http.paths[0].pathType: ' +
      'expected Exact or Prefix or ImplementationSpecific, found nothing'],
    [`{rules: [{http: {paths: [{path: 1, pathType: Exact, backend: {${web80}}}]}}]}`,
      'spec.rules[0].http.paths[0].path: expected a string, found 1'],
    ['{rules: [{http: {paths: [{pathType: Exact}]}}]}',
      'spec.rules[0].http.paths[0].backend: ' +
      'expected exactly one of service and resource, found neither'],
    [`{defaultBackend: {${web80}, resource: {kind: a, name: b}}}`,
      'spec.defaultBackend: expected exactly one of service and resource, found both'],
    ['{defaultBackend: {service: {name: a}}}',
      'spec.defaultBackend.service.port: expected exactly one of number and name, found neither'],
    ['{defaultBackend: {service: {name: a, port: {number: 1, name: a}}}}',
      'spec.defaultBackend.service.port: expected exactly one of number and name, found both'],
    ['{defaultBackend: {service: {name: a, port: {name: "80"}}}}',
      `spec.defaultBackend.service.port.name: expected ${PORT_NAME}, found "80"`],
    ['{defaultBackend: {service: {name: a, port: {number: 0.5}}}}',
      `spec.defaultBackend.service.port.number: expected ${PORT}, found 0.5`],
    ['{defaultBackend: {service: {name: a.b, port: {number: 1}}}}',
      `spec.defaultBackend.service.name: expected ${LABEL}, found "a.b"`],
  ])('spec: %s is wrong: %s', (spec, fault) => {
    expect(faultsOf('Ingress', `${META}\nspec: ${spec}`)).toEqual([fault]);
  });

  const annotated = (value: string): string =>
    `metadata: {name: x, annotations: {kubernetes.io/ingress.class: ${value}}}\nspec: {rules: []}`;

  it('has a class in its annotation, which is a string', () => {
    const field = 'metadata.annotations[kubernetes.io/ingress.class]';
    expectResource('Ingress', annotated('a'), { classAnnotation: 'a', ingressClassName: null });
    expect(faultsOf('Ingress', annotated('true'))).toEqual([
      `${field}: expected a string, found true`,
    ]);
  });
});

describe('IngressClass', () => {
  const classWith = (value: string): string =>
    'metadata: {name: x, namespace: shop, annotations: ' +
    `{ingressclass.kubernetes.io/is-default-class: ${value}}}\nspec: {controller: a/b}`;
  // biome-ignore format: a table
  it.each([
    ['"true"',  { isDefault: true, controller: 'a/b', namespace: '' }],
    ['"false"', { isDefault: false }],
    ['null',    { isDefault: false }],
  ])('with %s as its default annotation gives %j', (value, fields) => {
    expectResource('IngressClass', classWith(value), fields);
  });

  it.each([
    ['{kind: K, name: n}', { apiGroup: '', kind: 'K', name: 'n', namespace: null }],
    [
      '{apiGroup: g, kind: K, name: n, scope: Namespace, namespace: a}',
      { apiGroup: 'g', kind: 'K', name: 'n', namespace: 'a' },
    ],
    ['null', null],
  ])('with the parameters %s gives %j', (text, parameters) => {
    const spec = `spec: {controller: a/b, parameters: ${text}}`;
    expectResource('IngressClass', `${META}\n${spec}`, { parameters });
  });

  it('needs a controller', () => {
    expect(faultsOf('IngressClass', META)).toEqual([
      'spec.controller: expected a string, found nothing',
    ]);
  });
});

describe('EndpointSlice', () => {
  const v4 = 'addressType: IPv4';
  const v6 = 'addressType: IPv6';
  const conditions = { ready: true, serving: true, terminating: false };
  const at = {
    addresses: ['10.0.0.1'],
    ...conditions,
    target: null,
    forZones: [],
    forNodes: [],
  };
  const atPod = { ...at, target: 'Pod/web-a', forZones: ['a', 'b'], forNodes: ['n'] };
  const hints = '{forZones: [{name: a}, {name: b}], forNodes: [{name: n}]}';
  const ending = { ...at, ready: false, terminating: true };
  const allPorts = { name: null, port: null, protocol: 'TCP' };
  // biome-ignore format: a table
  it.each([
    [`{${v4}, ports: null, endpoints: null}`,                   { ports: [], endpoints: [] }],
    [`{${v4}, ports: [{name: "", port: null}]}`,                { ports: [allPorts] }],
    [`{${v4}, endpoints: [{addresses: [10.0.0.1]}]}`,           { endpoints: [at] }],
    [`{${v4}, endpoints: [{addresses: [10.0.0.1], conditions: {ready: null}}]}`,
                                                                { endpoints: [at] }],
    [`{${v4}, endpoints: [{addresses: [10.0.0.1], conditions: {ready: false, terminating: true}}]}`,
                                                                { endpoints: [ending] }],
    [`{${v4}, endpoints: [{addresses: [10.0.0.1], targetRef: {kind: Pod, name: web-a}, ` +
      `hints: ${hints}}]}`,                                     { endpoints: [atPod] }],
    [`{${v4}, endpoints: [{addresses: [10.0.0.1], targetRef: {}}]}`, { endpoints: [at] }],
    [`{${v6}, endpoints: [{addresses: ["2001:DB8::1"]}]}`,      { addressType: 'IPv6' }],
    ['{addressType: FQDN, endpoints: [{addresses: [a.b]}]}',    { addressType: 'FQDN' }],
  ])('%s gives %j', (fields, expected) => {
    expectResource('EndpointSlice', `{${META}, ${fields.slice(1)}`, expected);
  });

  // biome-ignore format: a table
  it.each([
    ['{}',                        'addressType: expected IPv4 or IPv6 or FQDN, found nothing'],
    [`{${v4}, ports: [{port: a}]}`,                 `ports[0].port: expected ${PORT}, found "a"`],
    [`{${v4}, endpoints: [{}]}`,
      'endpoints[0].addresses: expected a list of at least one address, found nothing'],
    [`{${v4}, endpoints: [{addresses: ["::1"]}]}`,
      'endpoints[0].addresses[0]: expected an IPv4 address, found "::1"'],
    [`{${v6}, endpoints: [{addresses: ["fe80::1%eth0"]}]}`,
      'endpoints[0].addresses[0]: expected an IPv6 address without a zone, found "fe80::1%eth0"'],
    [`{${v4}, endpoints: [{addresses: [10.0.0.1], conditions: {ready: "yes"}}]}`,
      'endpoints[0].conditions.ready: expected true or false, found "yes"'],
  ])('%s is wrong: %s', (fields, fault) => {
    expect(faultsOf('EndpointSlice', `{${META}, ${fields.slice(1)}`)).toEqual([fault]);
  });

  it('belongs to the Service in its label', () => {
    const labels = '{kubernetes.io/service-name: web}';
    const text = `metadata: {name: x, labels: ${labels}}\naddressType: IPv4`;
    expectResource('EndpointSlice', text, { serviceName: 'web' });
    expectResource('EndpointSlice', `${META}\naddressType: IPv4`, { serviceName: null });
  });
});

describe('Secret', () => {
  const hello = new Map([['a', Buffer.from('hello')]]);
  // biome-ignore format: a table
  it.each([
    ['type: null',                                      { type: 'Opaque', values: new Map() }],
    ['type: kubernetes.io/tls',                         { type: 'kubernetes.io/tls' }],
    ['data: {a: aGVsbG8=}',                             { values: hello }],
    ['data: {a: "aGVs\\nbG8=\\n"}',                     { values: hello }],
    ['data: {a: aaaa}\nstringData: {a: hello}',         { values: hello }],
    ['data: {a: null}',                                 { values: new Map([['a', Buffer.of()]]) }],
    ['data: {constructor: ""}',               { values: new Map([['constructor', Buffer.of()]]) }],
  ])('%j gives its values', (fields, expected) => {
    expectResource('Secret', `${META}\n${fields}`, expected);
  });

  const key = 'a key (at most 253 of a-z, A-Z, 0-9, -, _ and .)';
  // biome-ignore format: a table
  it.each([
    ['data: {tls.key: "hunter2!"}',  'data[tls.key]: expected base64, found a string'],
    ['data: {key: aHVudGVyMg}',      'data.key: expected base64, found a string'],
    ['data: {key: "=aHV"}',          'data.key: expected base64, found a string'],
    ['stringData: {key: 31337}',     'stringData.key: expected a string, found a number'],
    ['data: hunter2',                'data: expected a map, found a string'],
    ['data: {"a b": ""}',            `data: expected ${key}, found "a b"`],
  ])('%s is wrong, and the message keeps the value: %s', (fields, fault) => {
    expect(faultsOf('Secret', `${META}\n${fields}`)).toEqual([fault]);
  });
});

describe('ConfigMap', () => {
  // biome-ignore format: a table
  it.each([
    ['data: null',            new Map()],
    ['data: {a.b: x, c: ""}', new Map([['a.b', 'x'], ['c', '']])],
    ['binaryData: {a: aaaa}', new Map()],
  ])('%s gives its values', (fields, values) => {
    expectResource('ConfigMap', `${META}\n${fields}`, { values });
  });

  it.each([
    ['data: {a: 5}', 'data.a: expected a string, found 5'],
    [
      'data: {a b: x}',
      'data: expected a key (at most 253 of a-z, A-Z, 0-9, -, _ and .), found "a b"',
    ],
  ])('%s is wrong: %s', (fields, fault) => {
    expect(faultsOf('ConfigMap', `${META}\n${fields}`)).toEqual([fault]);
  });
});

describe('Node', () => {
  it.each([
    ['{topology.kubernetes.io/zone: a}', 'a'],
    ['{topology.kubernetes.io/zone: ""}', null],
    ['{zone: a}', null],
    ['null', null],
  ])('with the labels %s is in zone %j', (labels, zone) => {
    expectResource('Node', `metadata: {name: x, labels: ${labels}}`, { zone, namespace: '' });
  });
});

describe('of an object that is wrong', () => {
  it('all faults are told, up to a limit', () => {
    expect(faultsOf('Service', `${META}\nspec: {type: a, ports: a}`)).toHaveLength(2);
    expect(faultsOf('Service', `${META}\nspec: {ports: [${'{},'.repeat(100)}]}`)).toHaveLength(20);
  });

  it('a long text is cut', () => {
    const [fault] = faultsOf('Service', `metadata: {name: ${'A'.repeat(9_999)}}`);
    expect(fault?.length).toBeLessThan(200);
  });

  it('a key __proto__ gives no field to any object', () => {
    const text = `${META}\n__proto__: {spec: {type: a}}\nspec: {__proto__: {type: b}}`;
    expectResource('Service', text, { type: 'ClusterIP' });
    expect(({} as { type?: string }).type).toBeUndefined();
  });
});
