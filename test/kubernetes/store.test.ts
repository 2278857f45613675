// What the Store answers at its door, and what it says is to be computed again.

import { describe, expect, it } from 'vitest';
import type { EndpointSlice, Resource } from '#kubernetes/resources.ts';
import { Store } from '#kubernetes/store.ts';

const named = { namespace: 'shop', name: 'a', uid: null, createdAtMs: null, locate: null };

const ingress: Resource = {
  ...named,
  kind: 'Ingress',
  ingressClassName: null,
  classAnnotation: null,
  annotations: new Map(),
  defaultBackend: null,
  rules: [],
  tls: [],
  status: null,
};
const ingressClass: Resource = {
  ...named,
  namespace: '',
  kind: 'IngressClass',
  controller: 'c',
  isDefault: false,
  parameters: null,
};
const service: Resource = {
  ...named,
  kind: 'Service',
  annotations: new Map(),
  type: 'ClusterIP',
  externalName: null,
  ipFamily: 'IPv4',
  ports: [{ name: null, port: 80, protocol: 'TCP', appProtocol: null }],
};
const slice: EndpointSlice = {
  ...named,
  kind: 'EndpointSlice',
  serviceName: 'web',
  addressType: 'IPv4',
  ports: [],
  endpoints: [],
};
const secret: Resource = {
  ...named,
  kind: 'Secret',
  type: 'Opaque',
  values: new Map([['key', Uint8Array.of(1)]]),
};
const configMap: Resource = { ...named, kind: 'ConfigMap', values: new Map([['key', 'a']]) };
const node: Resource = { ...named, namespace: '', kind: 'Node', zone: 'a' };

describe.each([
  [ingress, { ...ingress, ingressClassName: 'b' }],
  [ingressClass, { ...ingressClass, isDefault: true }],
  [secret, { ...secret, values: new Map([['key', Uint8Array.of(2)]]) }],
  [service, { ...service, ports: [] }],
  [slice, { ...slice, addressType: 'IPv6' }],
  [configMap, { ...configMap, values: new Map([['key', 'b']]) }],
  [node, { ...node, zone: 'b' }],
] as const)('of $kind', (object, edited) => {
  it('the first version matters', () => {
    const store = new Store();
    expect(store.upsert(object)).toBe(true);
    expect(store.takeChanges()).toEqual([{ before: null, after: object }]);
    expect(store.takeChanges()).toEqual([]);
  });

  it('an equal version does not matter', () => {
    const store = storeWith(object);
    expect(store.upsert(structuredClone(object))).toBe(false);
    expect(store.takeChanges()).toEqual([]);
  });

  it('an equal version of a file does not matter, but has other lines', () => {
    const store = storeWith(object);
    const moved = { ...object, locate: () => ({ file: 'a.yaml', line: 7 }) };
    expect(store.upsert(moved)).toBe(false);
    expect(store.takeChanges()).toEqual([{ before: object, after: moved }]);
  });

  it('another version matters', () => {
    const store = storeWith(object);
    expect(store.upsert(edited)).toBe(true);
    expect(store.takeChanges()).toEqual([{ before: object, after: edited }]);
  });

  it('the end matters, once', () => {
    const store = storeWith(object);
    expect(store.delete(object)).toBe(true);
    expect(store.takeChanges()).toEqual([{ before: object, after: null }]);
    expect(store.delete(object)).toBe(false);
    expect(store.takeChanges()).toEqual([]);
  });
});

it('a status does not matter, but the Store has the latest', () => {
  const store = storeWith(ingress);
  const status = { version: '8', addresses: ['192.0.2.1'], managers: ['headgate'] };
  expect(store.upsert({ ...ingress, status })).toBe(false);
  expect(store.takeChanges()).toEqual([]);
  expect(store.ingress('shop', 'a')?.status).toEqual(status);
});

it('many changes of one object are one, from the first to the last', () => {
  const store = storeWith(service);
  store.delete(service);
  store.upsert({ ...service, ports: [] });
  const after = { ...service, externalName: 'b.example' };
  store.upsert(after);
  expect(store.takeChanges()).toEqual([{ before: service, after }]);
});

describe('the Store finds', () => {
  it('objects by namespace and name', () => {
    const store = storeWith(service, secret, configMap, node);
    expect(store.configMap('shop', 'a')).toBe(configMap);
    expect(store.configMap('', 'a')).toBeNull();
    expect(store.node('a')).toBe(node);
    expect(store.node('b')).toBeNull();
    expect(store.service('shop', 'a')).toBe(service);
    expect(store.secret('shop', 'a')).toBe(secret);
    expect(store.service('other', 'a')).toBeNull();
    expect(store.secret('shop', 'b')).toBeNull();
  });

  it('every Ingress and class, and a new version where the old one was', () => {
    // biome-ignore format: a table
    const keys = [['a', 'b'], ['a', 'c'], ['a-b', 'a'], ['b', 'a']] as const;
    const objects = keys.map(([namespace, name]) => ({ ...ingress, namespace, name }));
    const classes = ['y', 'z'].map((name) => ({ ...ingressClass, name }));
    const store = storeWith(...objects, ...classes);
    expect(store.ingresses()).toEqual(objects);
    expect(store.ingressClasses()).toEqual(classes);
    const edited = { ...ingress, namespace: 'a', name: 'b', ingressClassName: 'b' };
    store.upsert(edited);
    expect(store.ingresses()).toEqual([edited, ...objects.slice(1)]);
    store.delete(edited);
    expect(store.ingresses()).toEqual(objects.slice(1));
    expect(store.size).toBe(5);
  });

  it('the latest lines of an object that did not change otherwise', () => {
    const store = storeWith(service);
    store.upsert({ ...service, locate: () => ({ file: 'a.yaml', line: 7 }) });
    expect(store.service('shop', 'a')?.locate?.('')).toEqual({ file: 'a.yaml', line: 7 });
  });
});

describe('the slices of a Service', () => {
  const names = (store: Store, service: string): string[] =>
    store.endpointSlices('shop', service).map(({ name }) => name);

  it('are found by its name in their label', () => {
    const store = storeWith({ ...slice, name: 'web-1' }, { ...slice, name: 'web-2' });
    expect(names(store, 'web')).toEqual(['web-1', 'web-2']);
    expect(store.endpointSlices('other', 'web')).toEqual([]);
  });

  // biome-ignore format: a table
  it.each([
    ['change with the label',         { ...slice, serviceName: 'api' }, [], ['a']],
    ['change when the label goes',    { ...slice, serviceName: null },  [], []],
    ['stay when other fields change', { ...slice, endpoints: [] },      ['a'], []],
  ] as const)('%s', (_, edited, web, api) => {
    const store = storeWith(slice);
    store.upsert(edited);
    expect(names(store, 'web')).toEqual(web);
    expect(names(store, 'api')).toEqual(api);
  });

  it('go when they are deleted', () => {
    const store = storeWith(slice);
    store.delete(slice);
    expect(names(store, 'web')).toEqual([]);
  });
});

it('an object of a kind that nobody reads cannot be deleted', () => {
  expect(new Store().delete({ kind: 'constructor', namespace: '', name: 'a' })).toBe(false);
});

function storeWith(...objects: readonly Resource[]): Store {
  const store = new Store();
  for (const object of objects) store.upsert(object);
  store.takeChanges();
  return store;
}
