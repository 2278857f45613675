import { describe, expect, it } from 'vitest';
import { valuesOf } from '#base/sorted-list.ts';
import { compileHost, hostKey } from '#compile/compile-host.ts';
import { mapMemory } from '#snapshot/memory.ts';
import { readHost, readRoutes } from '#snapshot/read-records.ts';
import { verifySection } from '#snapshot/verify-section.ts';
import { type Rule, routingPlanOf } from '../support/plans.ts';

const SEED = 0xdead_beef;

function hostOf(name: string, rules: readonly Rule[]) {
  const [host] = valuesOf(routingPlanOf({ [name]: rules }).virtualHosts);
  return host as NonNullable<typeof host>;
}

describe('a compiled host', () => {
  const host = hostOf('*.shop.example', ['Exact /a', 'Prefix /', 'Prefix /a/b', 'Exact /a/b/c']);

  it('is the same bytes whenever host and seed are the same', () => {
    expect(compileHost(structuredClone(host), SEED)).toEqual(compileHost(host, SEED));
    expect(compileHost(host, SEED + 1)).not.toEqual(compileHost(host, SEED));
  });

  it.each([0, 8, 64, 4_096])('is valid at any place, such as %i', (offset) => {
    const section = compileHost(host, SEED);
    const memory = mapMemory(new ArrayBuffer(8_192));
    memory.bytes.set(section, offset);
    expect(() => verifySection(memory, offset, SEED)).not.toThrow();
    expect(readHost(memory, offset)).toBe('*.shop.example');
  });

  it('holds its routes in the order of precedence', () => {
    const section = compileHost(host, SEED);
    const memory = mapMemory(section.buffer);
    const rules = readRoutes(memory, 0).map(({ type, path }) => `${type} ${path}`);
    expect(rules).toEqual(['Exact /a/b/c', 'Exact /a', 'Prefix /a/b', 'Prefix /']);
  });

  it('may have no routes, or very many', () => {
    const many = Array.from({ length: 3_000 }, (_, index): Rule => `Prefix /${index % 7}/${index}`);
    for (const rules of [[], many]) {
      const section = compileHost(hostOf('h', rules), SEED);
      const memory = mapMemory(section.buffer);
      verifySection(memory, 0, SEED);
      expect(readRoutes(memory, 0).length).toBe(rules.length);
    }
  });

  it('refuses what translate should have refused', () => {
    const tooDeep: Rule = `Prefix ${'/d'.repeat(32)}` as Rule;
    expect(() => compileHost(hostOf('h', [tooDeep]), SEED)).toThrow('not deeper than the mask');
    expect(() => compileHost(hostOf('h'.repeat(254), []), SEED)).toThrow('valid length');
    expect(() => compileHost(hostOf('', []), SEED)).toThrow('valid length');
  });

  it.each([
    ['shop.example', 'shop.example'],
    ['*.shop.example', '.shop.example'],
    ['*', '*'],
  ])('%s is found by the key %s', (name, key) => {
    expect(hostKey(name)).toBe(key);
  });
});
