import { expect, it } from 'vitest';
import { valuesOf } from '#base/sorted-list.ts';
import { compileHost } from '#compile/compile-host.ts';
import type { VirtualHost } from '#plan/routing-plan.ts';
import { mapMemory } from '#snapshot/memory.ts';
import { verifySection } from '#snapshot/verify-section.ts';
import { type Rule, routeOf, routingPlanOf } from '../support/plans.ts';

const SEED = 7;

function verifyHost(virtualHost: VirtualHost): void {
  verifySection(mapMemory(compileHost(virtualHost, SEED).buffer), 0, SEED);
}

function hostOf(rules: readonly Rule[]): VirtualHost {
  const [host] = valuesOf(routingPlanOf({ 'shop.example': rules }).virtualHosts);
  return host as VirtualHost;
}

it('lets one path be matched as both types', () => {
  expect(() => verifyHost(hostOf(['Exact /a', 'Prefix /a']))).not.toThrow();
});

it('refuses a match that is there twice, of which a search finds one', () => {
  const host = hostOf(['Exact /a', 'Prefix /a', 'Prefix /b']);
  const twice = { ...host, routes: [...host.routes, routeOf('shop.example', 'Prefix /a')] };
  expect(() => verifyHost(twice)).toThrow('found by its hash, and there once');
});

it('checks the key of each target, also where names take turns', () => {
  const [one, other] = [routeOf('a', 'Prefix /a'), routeOf('b', 'Prefix /b')];
  const upstreams = [...one.upstreams, ...other.upstreams, ...one.upstreams, ...one.upstreams];
  const host = { ...hostOf([]), routes: [{ ...one, upstreams }] };
  verifyHost(host);
  const section = compileHost(host, SEED);
  const memory = mapMemory(section.buffer);
  const name = new TextEncoder().encode(other.upstreams[0]?.name);
  const at = section.findIndex((_, index) => name.every((code, i) => section[index + i] === code));
  section[at + 5] = 0x78;
  expect(() => verifySection(memory, 0, SEED)).toThrow('the key of a target');
});
