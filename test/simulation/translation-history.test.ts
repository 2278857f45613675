// Whatever has come and gone before, a translator that has seen it all says exactly what a fresh
// one says of the objects that are left: the same plans, Problems and bytes.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { finish } from '#base/sliced.ts';
import { buildSnapshot } from '#compile/build-snapshot.ts';
import type { ObjectChange, Resource } from '#kubernetes/resources.ts';
import { Store } from '#kubernetes/store.ts';
import { printPlan } from '#plan/print-plan.ts';
import { EndpointTranslator } from '#translate/endpoint-translator.ts';
import { Translator } from '#translate/translator.ts';
import {
  backend,
  configMap,
  endpoint,
  endpointSlice,
  ingress,
  ingressClass,
  node,
  prefix,
  service,
  servicePort,
} from '../support/resources.ts';
import { NOW_MS, optionsOf } from '../support/translate-options.ts';

const OPTIONS = optionsOf({
  defaultBackend: { namespace: 'shop', service: 'web', port: 80 },
  controllerNamespace: 'shop',
  nodeName: 'web',
  allowLocalEndpoints: false,
});

const name = fc.constantFrom('web', 'api', 'old');
const namespace = fc.constantFrom('shop', 'bbs');
const identity = { namespace, name };
const age = fc.constantFrom(null, 1_000, 2_000);
const anIngress = fc
  .record({
    ...identity,
    createdAtMs: age,
    ingressClassName: fc.constantFrom(null, 'headgate', 'other'),
    defaultBackend: fc.option(name.map((to) => backend(to))),
    tls: fc.constantFrom([], [{ hosts: [], secretName: 'web' }]),
    rules: fc.array(
      fc.record({
        host: fc.constantFrom('a.example', 'b.example', '*.example', null, 'bad_host'),
        paths: fc.array(
          fc
            .tuple(fc.constantFrom('/', '/a', '/a/b', 'bad'), name)
            .map(([path, to]) => prefix(path, to)),
          { maxLength: 3 },
        ),
      }),
      { maxLength: 3 },
    ),
  })
  .map(ingress);
const aService = fc
  .record({
    ...identity,
    type: fc.constantFrom('ClusterIP', 'ExternalName'),
    externalName: fc.constantFrom('db.example', 'bad_name'),
    ports: fc.constantFrom([], [servicePort(null, 80)]),
  })
  .map(service);
const aSlice = fc
  .record({
    ...identity,
    serviceName: fc.option(name),
    addressType: fc.constantFrom('IPv4', 'FQDN'),
    endpoints: fc.subarray([
      { ...endpoint('10.0.0.1', 'ready'), forZones: ['a'] },
      { ...endpoint('10.0.0.2', 'ready'), forZones: ['b'] },
      endpoint('127.0.0.1', 'ready'),
    ]),
  })
  .map(endpointSlice);
const aClass = fc
  .record({
    name: fc.constantFrom('headgate', 'other'),
    controller: fc.constantFrom(OPTIONS.controllerName, 'other'),
    parameters: fc.option(
      fc.record({
        apiGroup: fc.constant(''),
        kind: fc.constantFrom('ConfigMap', 'Secret'),
        ...identity,
      }),
    ),
  })
  .map((fields) => ingressClass({ ...fields, namespace: '' }));
const aConfigMap = fc
  .record({
    ...identity,
    values: name.map(
      (to) => new Map([['default-backend', `${to === 'old' ? '' : 'bbs/'}${to}:80`]]),
    ),
  })
  .map(configMap);
const aNode = fc.record({ name, zone: fc.constantFrom(null, 'a', 'b') }).map(node);
const aSecret = fc
  .record({ ...identity, type: fc.constantFrom('kubernetes.io/tls', 'Opaque') })
  .map(
    (fields): Resource => ({
      ...fields,
      kind: 'Secret',
      uid: null,
      createdAtMs: null,
      locate: null,
      values: new Map(),
    }),
  );
const object: fc.Arbitrary<Resource> = fc.oneof(
  { weight: 4, arbitrary: anIngress },
  { weight: 2, arbitrary: aService },
  { weight: 2, arbitrary: aSlice },
  { weight: 1, arbitrary: aClass },
  { weight: 1, arbitrary: aSecret },
  { weight: 1, arbitrary: aConfigMap },
  { weight: 1, arbitrary: aNode },
);
const step = fc.record({
  action: fc.constantFrom('upsert', 'upsert', 'upsert', 'delete'),
  object,
  /** Several changes may come before the next translation. */
  isLast: fc.boolean(),
});

interface Translators {
  readonly routes: Translator;
  readonly endpoints: EndpointTranslator;
}

function newTranslators(): Translators {
  return { routes: new Translator(OPTIONS), endpoints: new EndpointTranslator(OPTIONS) };
}

/** `changes` is null for translators that have seen nothing yet. */
function build(store: Store, translators: Translators, changes: readonly ObjectChange[] | null) {
  const routes = finish(translators.routes.translate(store, changes, NOW_MS));
  const endpoints = finish(translators.endpoints.translate(routes.plan, store, changes));
  const { arena } = buildSnapshot(routes.plan, endpoints.plan, { seed: 7 });
  return {
    text: printPlan(routes.plan, endpoints.plan),
    problems: [...routes.problems, ...endpoints.problems],
    bytes: Buffer.from(arena.buffer, 0, arena.usedBytes + 64).toString('hex'),
  };
}

it('a translator that has seen any history says what a fresh one says', () => {
  let hostCount = 0;
  let problemCount = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
      const store = new Store();
      const translators = newTranslators();
      for (const { action, object: changed, isLast } of steps) {
        store[action](changed);
        if (!isLast) continue;
        const seasoned = build(store, translators, store.takeChanges());
        expect(seasoned).toEqual(build(store, newTranslators(), null));
        hostCount += seasoned.text.split('- host:').length - 1;
        problemCount += seasoned.problems.length;
      }
    }),
    { numRuns: 150 },
  );
  expect(hostCount).toBeGreaterThan(500);
  expect(problemCount).toBeGreaterThan(500);
});
