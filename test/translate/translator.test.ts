// What a long-lived translator takes over from one translation to the next: everything that the
// change did not touch is the very same object.

import { expect, it } from 'vitest';
import { finish } from '#base/sliced.ts';
import { valuesOf } from '#base/sorted-list.ts';
import type { Resource } from '#kubernetes/resources.ts';
import type { Store } from '#kubernetes/store.ts';
import { EndpointTranslator } from '#translate/endpoint-translator.ts';
import { Translator } from '#translate/translator.ts';
import {
  configMap,
  endpoint,
  endpointSlice,
  ingress,
  ingressClass,
  prefix,
  service,
} from '../support/resources.ts';
import { storeOf } from '../support/store-of.ts';
import { NOW_MS, optionsOf } from '../support/translate-options.ts';

const OPTIONS = optionsOf();
const METADATA = { namespace: 'shop', uid: null, createdAtMs: null, locate: null };

function shop(host: string, name = 'web', path = '/'): Resource {
  return ingress({ name: host, rules: [{ host, paths: [prefix(path, name)] }] });
}

function slice(name: string, address: string): Resource {
  return endpointSlice({ name, serviceName: name, endpoints: [endpoint(address, 'ready')] });
}

function scene(): Store {
  return storeOf(
    ...['web', 'api'].flatMap((name) => [service({ name }), slice(name, '10.0.0.1')]),
    shop('a.example'),
    shop('b.example', 'api'),
  );
}

/** By host and by upstream, whether the second translation took over what the first had made. */
function takenOver(store: Store, ...changes: readonly Resource[]): Record<string, boolean> {
  const translator = new Translator(OPTIONS);
  const endpointTranslator = new EndpointTranslator(OPTIONS);
  const translate = (): Map<string, object> => {
    const since = store.takeChanges();
    const { plan } = finish(translator.translate(store, since, NOW_MS));
    const { upstreams } = finish(endpointTranslator.translate(plan, store, since)).plan;
    return new Map<string, object>([
      ...valuesOf(plan.virtualHosts).map((host) => [host.host, host] as const),
      ...valuesOf(upstreams).map((upstream) => [upstream.name, upstream] as const),
    ]);
  };
  const before = translate();
  for (const change of changes) store.upsert(change);
  return Object.fromEntries(
    [...translate()].map(([name, part]) => [name, before.get(name) === part]),
  );
}

const ALL = { 'a.example': true, 'b.example': true, 'shop/web:80': true, 'shop/api:80': true };

// biome-ignore format: a table
it.each([
  ['nothing changed',            [],                                   ALL],
  ['an Ingress changed',         [shop('b.example', 'api', '/v2')],    { ...ALL, 'b.example': false }],
  ['an Ingress came',            [shop('c.example')],                  { ...ALL, 'c.example': false }],
  ['a pod came',                 [slice('web', '10.0.0.2')],           { ...ALL, 'shop/web:80': false }],
  ['a Service changed',          [service({ name: 'api', ports: [] })], { ...ALL, 'shop/api:80': false }],
  ['an unrelated Service came',  [service({ name: 'other' })],         ALL],
  ['an unread ConfigMap came',   [configMap({ name: 'state' })],       ALL],
])('when %s, the rest is taken over', (_, changes, expected) => {
  expect(takenOver(scene(), ...changes)).toEqual(expected);
});

it('the ConfigMap of a class changes the hosts of its Ingresses', () => {
  const store = scene();
  const [namespace, name] = ['headgate', 'settings'];
  const parameters = { apiGroup: '', kind: 'ConfigMap', namespace, name };
  store.upsert(ingressClass({ name: 'headgate', isDefault: true, parameters }));
  const settings = configMap({
    ...{ namespace, name },
    values: new Map([['default-backend', 'default/web:80']]),
  });
  const { 'a.example': isSame } = takenOver(store, settings);
  expect(isSame).toBe(false);
});

it('a second Ingress for a host changes that host alone', () => {
  const second = ingress({ name: 'c', rules: [{ host: 'a.example', paths: [prefix('/c')] }] });
  expect(takenOver(scene(), second)).toEqual({ ...ALL, 'a.example': false });
});

it('a Problem stands where its object stands by the time it is told', () => {
  const position = { file: 'a.yaml', line: 3 };
  const locate = () => ({ ...position });
  const rules = [{ host: 'bad_host', paths: [] }];
  const store = storeOf(ingress({ rules, locate }));
  const translator = new Translator(OPTIONS);
  const tell = () => {
    const { problems } = finish(translator.translate(store, store.takeChanges(), NOW_MS));
    return problems[0]?.position?.line;
  };
  expect(tell()).toBe(3);
  position.line = 7;
  expect(tell()).toBe(7);
});

it('an upstream follows the Ingress and the Secret that say how it is spoken to', () => {
  const secured = (annotations: Readonly<Record<string, string>>): Resource =>
    ingress({
      name: 'tls',
      annotations: new Map(Object.entries({ 'backend-protocol': 'HTTPS', ...annotations })),
      rules: [{ host: 'c.example', paths: [prefix('/', 'web')] }],
    });
  const pair: Resource = { ...METADATA, name: 'pair', kind: 'Secret', type: '', values: new Map() };
  const store = scene();
  store.upsert(secured({}));
  const translator = new Translator(OPTIONS);
  const endpointTranslator = new EndpointTranslator(OPTIONS);
  const translate = (change: Resource | null): string => {
    if (change !== null) store.upsert(change);
    const since = store.takeChanges();
    const { plan } = finish(translator.translate(store, since, NOW_MS));
    const { plan: endpoints, problems } = finish(endpointTranslator.translate(plan, store, since));
    const upstream = valuesOf(endpoints.upstreams).find(({ name }) => name === 'shop/web:80@tls');
    return `${upstream?.endpoints.length} ${problems.map(({ reason }) => reason).join()}`;
  };
  expect([
    translate(null),
    translate(secured({ 'backend-tls-ca-secret': 'pair' })),
    translate(pair),
    translate(secured({})),
  ]).toEqual(['1 ', '0 SecretNotFound', '0 InvalidSecret', '1 ']);
});
