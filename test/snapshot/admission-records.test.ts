import { describe, expect, it } from 'vitest';
import { sortedList, valuesOf } from '#base/sorted-list.ts';
import { buildSnapshot } from '#compile/build-snapshot.ts';
import { ADMITS_ANY, type Admission } from '#plan/routing-plan.ts';
import { decodeClientRules, decodePassthrough } from '#snapshot/admission-records.ts';
import { Arena } from '#snapshot/arena.ts';
import { upstreamKey } from '#snapshot/keys.ts';
import { SECTION } from '#snapshot/layout.ts';
import { wordAt } from '#snapshot/read-records.ts';
import { verifySnapshot } from '#snapshot/verify.ts';
import { verifySection } from '#snapshot/verify-section.ts';
import { SnapshotView } from '#snapshot/view.ts';
import { endpointPlanOf, routingPlanOf, upstreamNameOf } from '../support/plans.ts';

const SEED = 1;
const HOST = 'shop.example';
const UPSTREAM = upstreamNameOf(HOST, 'Prefix /');
const RULES = { mode: 'required', authorities: '-----BEGIN CERTIFICATE-----\n' } as const;

/** A snapshot in which the host asks this, `other.example` and `*.example` nothing. */
function snapshotOf(admission: Partial<Admission>) {
  const plan = routingPlanOf({ [HOST]: ['Prefix /'], 'other.example': [], '*.example': [] });
  const virtualHosts = valuesOf(plan.virtualHosts).map((one) =>
    one.host === HOST ? { ...one, ...ADMITS_ANY, ...admission } : one,
  );
  const routes = { ...plan, virtualHosts: sortedList(virtualHosts) };
  const arena = new Arena(1 << 15);
  const { root } = buildSnapshot(routes, endpointPlanOf(plan), { seed: SEED, arena });
  const view = new SnapshotView(arena.buffer);
  view.adopt(root);
  view.lookupHost(HOST);
  return { memory: view.memory, view, root, section: view.askingSection };
}

describe('what a host asks', () => {
  it.each([
    ['certificates', { clientRules: RULES }],
    ['certificates of nobody', { clientRules: { mode: 'optional', authorities: '' } }],
    ['to be passed through', { passthrough: UPSTREAM }],
    ['both', { clientRules: RULES, passthrough: UPSTREAM }],
  ] as const)('is told: %s', (_, admission: Partial<Admission>) => {
    const { memory, root, section } = snapshotOf(admission);
    verifySnapshot(memory, root);
    const { clientRules = null, passthrough = null } = admission;
    const rules = decodeClientRules(memory, section);
    expect(rules).toEqual(
      clientRules === null ? null : { ...clientRules, key: expect.stringMatching(/^\w{32}$/) },
    );
    const upstream = passthrough === null ? null : upstreamKey(passthrough);
    const expected = upstream === null ? null : { upstream: passthrough, upstreamKey: upstream };
    expect(decodePassthrough(memory, section)).toEqual(expected);
  });

  it('has a key of its own', () => {
    const keys = [
      RULES,
      { ...RULES, mode: 'optional' } as const,
      { ...RULES, authorities: '' },
    ].map((clientRules) => {
      const { memory, section } = snapshotOf({ clientRules });
      return decodeClientRules(memory, section)?.key;
    });
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('is that of the name itself, not of its wildcard', () => {
    const { view } = snapshotOf({ clientRules: RULES });
    const asks = (name: string) => {
      view.lookupHost(name);
      return view.askingSection !== 0;
    };
    expect([HOST, 'other.example', 'a.example', '', 'x'.repeat(300)].map(asks)).toEqual([
      true,
      ...[false, false, false, false],
    ]);
  });

  it('is refused if any word of it is another one', () => {
    const { memory, section } = snapshotOf({ clientRules: RULES, passthrough: UPSTREAM });
    const size = wordAt(memory, section, SECTION.size) / 4;
    const first = wordAt(memory, section, SECTION.clientRules) / 4;
    expect(first).toBeLessThan(size);
    const fields = [SECTION.clientRules, SECTION.passthrough];
    const words = Array.from({ length: size - first }, (_, index) => first + index);
    for (const word of [...fields, ...words]) {
      const at = section / 4 + word;
      const value = memory.words[at] as number;
      // What fills the last word up to a multiple of eight bytes says nothing.
      if (value === 0) continue;
      memory.words[at] = value ^ 4;
      expect(() => verifySection(memory, section, SEED), `word ${word}`).toThrow();
      memory.words[at] = value;
    }
    verifySection(memory, section, SEED);
  });

  it('is refused if it passes through to nowhere', () => {
    const { memory, root } = snapshotOf({ passthrough: 'shop/nowhere:80' });
    expect(() => verifySnapshot(memory, root)).toThrow('connections pass through somewhere');
  });
});
