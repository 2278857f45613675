// What must hold for all objects: the compiled view answers as the naive matcher does, and the
// order in which objects arrive leaves no trace. Hosts and paths are drawn from few, so that they
// collide.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ServicePortRef } from '#base/service-port-ref.ts';
import { valuesOf } from '#base/sorted-list.ts';
import { buildSnapshot } from '#compile/build-snapshot.ts';
import type {
  Ingress,
  IngressBackend,
  IngressPath,
  IngressRule,
  Resource,
} from '#kubernetes/resources.ts';
import { printPlan } from '#plan/print-plan.ts';
import { decodeRoute } from '#snapshot/decode.ts';
import { dumpSnapshot } from '#snapshot/dump.ts';
import { verifySnapshot } from '#snapshot/verify.ts';
import { SnapshotView } from '#snapshot/view.ts';
import { translate } from '#translate/translate.ts';
import { translateEndpoints } from '#translate/translate-endpoints.ts';
import { matchNaively } from './support/naive-matcher.ts';
import {
  endpoint,
  endpointSlice,
  ingress,
  ingressClass,
  service,
  servicePort,
} from './support/resources.ts';
import { storeOf } from './support/store-of.ts';
import { NOW_MS, optionsOf } from './support/translate-options.ts';

const RULE_HOSTS = [
  null,
  'shop.example',
  'Shop.Example',
  'a.shop.example',
  '*.shop.example',
  '*.example',
  'example',
  'bad_host',
];
const HOSTS = [
  '',
  'shop.example',
  'SHOP.example',
  'a.shop.example',
  'b.shop.example',
  'a.b.shop.example',
  '.shop.example',
  'bbs.example',
  'example',
  'bad_host',
];
const SERVICES = ['web', 'bbs', 'missing'];

const element = fc.constantFrom('a', 'b', 'ab', 'A', 'a%20b', '');
const path = fc
  .oneof(
    { weight: 9, arbitrary: fc.array(element, { maxLength: 4 }) },
    { weight: 1, arbitrary: fc.nat(40).map((depth) => Array.from({ length: depth }, () => 'a')) },
  )
  .map((elements) => `/${elements.join('/')}`);
const backend: fc.Arbitrary<IngressBackend> = fc.record({
  type: fc.constant('service'),
  service: fc.constantFrom(...SERVICES),
  port: fc.constantFrom(80, 'http', 81),
});
const ingressPath: fc.Arbitrary<IngressPath> = fc.record({
  path,
  pathType: fc.constantFrom('Exact', 'Prefix', 'ImplementationSpecific'),
  backend,
});
const rule: fc.Arbitrary<IngressRule> = fc.record({
  host: fc.constantFrom(...RULE_HOSTS),
  paths: fc.array(ingressPath, { maxLength: 6 }),
});
const ingresses = fc.uniqueArray(
  fc
    .record({
      namespace: fc.constantFrom('shop', 'bbs'),
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      createdAtMs: fc.constantFrom(null, 1_000, 2_000),
      defaultBackend: fc.option(backend, { freq: 2 }),
      rules: fc.array(rule, { maxLength: 4 }),
    })
    .map((fields): Ingress => ingress(fields)),
  { maxLength: 6, selector: ({ namespace, name }) => `${namespace}/${name}` },
);
const defaultBackend = fc.option(
  fc.record({ namespace: fc.constant('shop'), service: fc.constant('web'), port: fc.constant(80) }),
);
const requests = fc.array(fc.record({ host: fc.constantFrom(...HOSTS), path }), {
  minLength: 20,
  maxLength: 40,
});

/** Services, their slices and classes, for the Ingresses to refer to. */
const SURROUNDINGS: readonly Resource[] = [
  ingressClass({ name: 'headgate' }),
  ...['shop', 'bbs'].flatMap((namespace) => [
    service({ namespace, name: 'web', ports: [servicePort('http', 80)] }),
    service({ namespace, name: 'bbs' }),
    ...['x', 'y'].map((name, index) =>
      endpointSlice({
        namespace,
        name,
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
        endpoints: [endpoint(`10.0.0.${index}`, 'ready'), endpoint('10.0.0.9', 'ready')],
      }),
    ),
  ]),
];

function build(resources: readonly Resource[], fallback: ServicePortRef | null) {
  const store = storeOf(...resources);
  const options = optionsOf({ defaultBackend: fallback });
  const routes = translate(store, options, NOW_MS);
  const endpoints = translateEndpoints(routes.plan, store, options);
  const { arena, root } = buildSnapshot(routes.plan, endpoints.plan, { seed: 7 });
  return { routes, endpoints, arena, root };
}

it('the compiled view answers every request as the naive matcher does', () => {
  let count = 0;
  fc.assert(
    fc.property(ingresses, defaultBackend, requests, (objects, fallback, asked) => {
      const { routes, arena, root } = build([...SURROUNDINGS, ...objects], fallback);
      const view = new SnapshotView(arena.buffer);
      view.adopt(root);
      for (const { host, path: requested } of asked) {
        count += 1;
        const route = matchNaively(routes.plan, host, requested);
        expect(lookUp(view, host, requested), `${host}${requested}`).toEqual(
          route === null
            ? null
            : { ...route.match, upstream: route.upstreams[0]?.name, field: route.source.field },
        );
      }
    }),
    { numRuns: 150 },
  );
  expect(count).toBeGreaterThanOrEqual(1_000);
});

it('every path of every Ingress is a route or a Problem, whatever its text', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), path, fc.constantFrom(...HOSTS));
  const wildRule = fc.record({
    host: fc.option(text),
    paths: fc.array(
      fc.record({ path: text, pathType: ingressPath.map((one) => one.pathType), backend }),
      {
        maxLength: 4,
      },
    ),
  });
  const wildIngresses = fc.array(fc.array(fc.oneof(rule, wildRule), { maxLength: 4 }), {
    maxLength: 4,
  });
  fc.assert(
    fc.property(wildIngresses, (rulesOfEach) => {
      const objects = rulesOfEach.map((rules, index) => ingress({ name: `i${index}`, rules }));
      const { routes, arena, root } = build([...SURROUNDINGS, ...objects], null);
      verifySnapshot(arena.memory, root);
      const sources = valuesOf(routes.plan.virtualHosts).flatMap((host) =>
        host.routes.map((one) => one.source),
      );
      const told = new Set(
        [...sources, ...routes.problems].map(({ object, field }) => `${object?.name} ${field}`),
      );
      for (const { name, rules } of objects) {
        for (const [index, { paths }] of rules.entries()) {
          for (const pathIndex of paths.keys()) {
            const field = `${name} spec.rules[${index}]`;
            const places = ['.host', `.http.paths[${pathIndex}]`, `.http.paths[${pathIndex}].path`];
            expect(places.some((place) => told.has(field + place))).toBe(true);
          }
        }
      }
    }),
    { numRuns: 150 },
  );
});

it('the order in which objects arrive leaves no trace in plan, Problems and bytes', () => {
  const shuffled = ingresses.chain((objects) => {
    const all = [...SURROUNDINGS, ...objects];
    return fc.tuple(
      fc.constant(all),
      fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }),
    );
  });
  fc.assert(
    fc.property(shuffled, defaultBackend, ([objects, inOtherOrder], fallback) => {
      const one = build(objects, fallback);
      const other = build(inOtherOrder, fallback);
      expect(other.routes.problems).toEqual(one.routes.problems);
      expect(other.endpoints.problems).toEqual(one.endpoints.problems);
      expect(printPlan(other.routes.plan, other.endpoints.plan)).toBe(
        printPlan(one.routes.plan, one.endpoints.plan),
      );
      expect(dumpSnapshot(other.arena.memory, other.root)).toBe(
        dumpSnapshot(one.arena.memory, one.root),
      );
      expect(other.root).toBe(one.root);
      const used = one.arena.usedBytes + 64;
      expect(other.arena.usedBytes + 64).toBe(used);
      const bytes = Buffer.from(other.arena.buffer, 0, used);
      expect(bytes.equals(Buffer.from(one.arena.buffer, 0, used))).toBe(true);
    }),
    { numRuns: 100 },
  );
});

function lookUp(view: SnapshotView, host: string, requested: string) {
  const text = `GET ${requested} HTTP/1.1\r\nHost: ${host}\r\n`;
  const hostStart = text.length - 2 - host.length;
  const offset = view.lookup(text, hostStart, hostStart + host.length, 4, 4 + requested.length);
  if (offset === 0) return null;
  const { type, path: matched, upstreams, field } = decodeRoute(view.memory, offset);
  return { type, path: matched, upstream: upstreams[0]?.name, field };
}
