import { expect, it } from 'vitest';
import { valuesOf } from '#base/sorted-list.ts';
import { compileHost } from '#compile/compile-host.ts';
import { compileSections, unpackSections, verifySections } from '#compile/compile-sections.ts';
import { routingPlanOf } from '../support/plans.ts';

const SEED = 7;

it.each([
  ['no hosts', {}],
  ['hosts of all sizes', { 'a.example': [], '*.b.example': ['Prefix /', 'Exact /x'], '*': [] }],
] as const)('packs the sections of %s, and gives them back one by one', (_, rules) => {
  const hosts = valuesOf(routingPlanOf(rules).virtualHosts);
  const packed = compileSections(hosts, SEED);
  verifySections(packed, SEED);
  expect(packed.bytes.length).toBe(packed.sizes.reduce((sum, size) => sum + size, 0));
  expect(unpackSections(packed).map((section) => Buffer.from(section))).toEqual(
    hosts.map((host) => Buffer.from(compileHost(host, SEED))),
  );
});

it('refuses them all when one is damaged', () => {
  const { virtualHosts } = routingPlanOf({ 'a.example': ['Prefix /'], 'b.example': ['Prefix /'] });
  const packed = compileSections(valuesOf(virtualHosts), SEED);
  packed.bytes[packed.bytes.length - (packed.sizes[1] ?? 0)] = 0;
  expect(() => verifySections(packed, SEED)).toThrow('snapshot refused');
});
