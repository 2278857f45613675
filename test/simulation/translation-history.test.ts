// Whatever has come and gone before, a translator that has seen it all says exactly what a fresh
// one says of the objects that are left: the same plans, Problems and bytes.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildSnapshot } from '#compile/build-snapshot.ts';
import type { Resource } from '#kubernetes/resources.ts';
import { Store } from '#kubernetes/store.ts';
import { printPlan } from '#plan/print-plan.ts';
import { EndpointTranslator } from '#translate/endpoint-translator.ts';
import type { TranslateOptions } from '#translate/translate-input.ts';
import { Translator } from '#translate/translator.ts';
import {
  backend,
  endpoint,
  endpointSlice,
  ingress,
  ingressClass,
  prefix,
  service,
} from '../support/resources.ts';

const OPTIONS: TranslateOptions = {
  ingressClass: 'headgate',
  controllerName: 'headgate.dev/ingress-controller',
  takeIngressesWithoutClass: true,
  defaultBackend: { namespace: 'shop', service: 'web', port: 80 },
};

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
    ports: fc.constantFrom([], [{ name: null, port: 80, protocol: 'TCP' }]),
  })
  .map(service);
const aSlice = fc
  .record({
    ...identity,
    serviceName: fc.option(name),
    addressType: fc.constantFrom('IPv4', 'FQDN'),
    endpoints: fc.subarray([endpoint('10.0.0.1', 'ready'), endpoint('10.0.0.2', 'ready')]),
  })
  .map(endpointSlice);
const aClass = fc
  .record({
    name: fc.constantFrom('headgate', 'other'),
    controller: fc.constantFrom(OPTIONS.controllerName, 'other'),
  })
  .map((fields) => ingressClass({ ...fields, namespace: '' }));
const aSecret = fc
  .record({ ...identity, type: fc.constantFrom('kubernetes.io/tls', 'Opaque') })
  .map(
    (fields): Resource => ({
      ...fields,
      kind: 'Secret',
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
);
const step = fc.record({
  action: fc.constantFrom('upsert', 'upsert', 'upsert', 'delete'),
  object,
  /** Several changes may come before the next translation. */
  isLast: fc.boolean(),
});

function build(store: Store, translator: Translator, endpointTranslator: EndpointTranslator) {
  const routes = translator.translate(store);
  const endpoints = endpointTranslator.translate(routes.plan, store);
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
      const [translator, endpointTranslator] = [new Translator(OPTIONS), new EndpointTranslator()];
      for (const { action, object: changed, isLast } of steps) {
        store[action](changed);
        if (!isLast) continue;
        const seasoned = build(store, translator, endpointTranslator);
        expect(seasoned).toEqual(build(store, new Translator(OPTIONS), new EndpointTranslator()));
        hostCount += seasoned.text.split('- host:').length - 1;
        problemCount += seasoned.problems.length;
      }
    }),
    { numRuns: 150 },
  );
  expect(hostCount).toBeGreaterThan(500);
  expect(problemCount).toBeGreaterThan(500);
});
