import { describe, expect, it } from 'vitest';
import { finish } from '#base/sliced.ts';
import { sortedList, valuesOf } from '#base/sorted-list.ts';
import { addCauses, NO_CAUSES } from '#control/causes.ts';
import { NO_CHANGE } from '#control/change.ts';
import { isOfEndpointsOnly, summarizeChange } from '#control/change-summary.ts';
import { NO_PLANS, type Plans } from '#control/compile-change.ts';
import { GenerationHistory, type GenerationRecord } from '#control/generation-history.ts';
import { generationsAsJson, generationsAsText } from '#control/generations-page.ts';
import type { Transport } from '#plan/endpoint-plan.ts';
import { endpointPlanOf, routingPlanOf } from '../support/plans.ts';
import { ingress, service } from '../support/resources.ts';

const AT_MS = Date.UTC(2026, 0, 31, 9, 30);
const NOTHING = summarizeChange(NO_CHANGE, NO_PLANS);

function record(generation: number, parts: Partial<GenerationRecord> = {}): GenerationRecord {
  const base = { publishedAtMs: AT_MS, rollbackOf: null, changed: NOTHING, causes: NO_CAUSES };
  return { ...base, generation, plans: NO_PLANS, ...parts };
}

function historyOf(...records: readonly GenerationRecord[]): GenerationHistory {
  const history = new GenerationHistory();
  for (const one of records) history.add(one);
  return history;
}

function plansOf(hosts: Parameters<typeof routingPlanOf>[0]): Plans {
  const routes = routingPlanOf(hosts);
  return { ...NO_PLANS, routes, endpoints: endpointPlanOf(routes) };
}

describe('GenerationHistory', () => {
  it.each([
    // generation asked for, the record that has its routes
    [0, null],
    [1, 1],
    [3, 1],
    [4, 4],
    [6, 4],
    [7, null],
  ])('finds for generation %i the one whose routes it has: %j', (asked, expected) => {
    const history = historyOf(record(1), record(4));
    for (const generation of [5, 6]) history.endpointsChanged(generation);
    expect(history.find(asked)?.generation ?? null).toBe(expected);
  });

  it.each([
    // what was published, the generation that a rollback goes to
    [[], null],
    [[record(1)], null],
    [[record(1), record(4)], 1],
    [[record(1), record(4), record(9, { rollbackOf: 4 })], 1],
    [[record(1), record(4), record(9, { rollbackOf: 1 })], null],
    [[record(1), record(4), record(9, { rollbackOf: 1 }), record(10)], 9],
  ])('goes back one generation, case %#', (records, expected) => {
    expect(historyOf(...records).beforeLast()?.generation ?? null).toBe(expected);
  });

  it('forgets what is not in memory, but for the routes in force', () => {
    const history = historyOf(record(1), record(4), record(6));
    history.keepOnly([4]);
    expect(history.records.map(({ generation }) => generation)).toEqual([4, 6]);
  });
});

describe('the list of generations', () => {
  const before = plansOf({ 'a.example': ['Prefix /'], 'b.example': ['Prefix /'] });
  const bytes = new Uint8Array(8);
  const change = {
    ...NO_CHANGE,
    hosts: new Map([
      ['a.example', bytes],
      ['b.example', null],
      ['c.example', bytes],
    ]),
  };
  const objects = [ingress({ name: 'web\x1b[31m' }), service({})];
  const changes = objects.map((after) => ({ before: null, after }));
  const causes = finish(addCauses(NO_CAUSES, changes));
  const history = historyOf(
    record(1),
    record(4, { changed: summarizeChange(change, before), causes }),
    record(9, { rollbackOf: 1 }),
  );
  const input = { history, published: 9, pinned: 1, canary: null };

  it('is a table for a terminal, the newest first', () => {
    const lines = generationsAsText(input).split('\n');
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['GENERATION', 'PUBLISHED', 'STATE', 'HOSTS', 'UPSTREAMS', 'CERTIFICATES', 'CAUSE'],
      ['9', '2026-01-31T09:30:00.000Z', 'pinned, back to 1', '-', '-', '-', '-'],
      [
        '4',
        '2026-01-31T09:30:00.000Z',
        'kept',
        '+1 ~1 -1 a.example, b.example, c.example',
        '-',
        '-',
        'Ingress shop/web\\u001b[31m, Service shop/web',
      ],
      ['1', '2026-01-31T09:30:00.000Z', 'kept', '-', '-', '-', '-'],
      ['9 published last, 0 for pods since, routes of 1 until a resume'],
      [''],
    ]);
  });

  it('is JSON for a program', () => {
    const page = JSON.parse(generationsAsJson(input));
    expect(page).toMatchObject({ published: 9, pinned: 1, endpointChanges: 0 });
    expect(page.generations[1]).toMatchObject({
      generation: 4,
      state: 'kept',
      changed: { hosts: { added: 1, changed: 1, removed: 1 }, sizeBytes: 16 },
      causes: { count: 2, objects: ['Ingress shop/web\x1b[31m', 'Service shop/web'] },
    });
  });

  it('names the first few and counts them all', () => {
    const hosts = new Map(Array.from({ length: 50 }, (_, index) => [`${index}.example`, bytes]));
    const changed = summarizeChange({ ...NO_CHANGE, hosts }, NO_PLANS);
    const line = generationsAsText({ ...input, history: historyOf(record(1, { changed })) });
    expect(line).toContain(
      '+50 ~0 -0 0.example, 1.example, 2.example, 3.example, 4.example, ... (50)',
    );
  });
});

describe('a change of endpoints only', () => {
  const [before, after] = [plansOf({ 'a.example': ['Prefix /'] }), plansOf({})];
  const [upstream] = valuesOf(before.endpoints.upstreams);
  const name = upstream?.name ?? '';
  const upstreams = new Map([[name, new Uint8Array(8)]]);
  const spokenTo = (transport: Transport): Plans => {
    const upstreams = valuesOf(before.endpoints.upstreams).map((one) => ({ ...one, transport }));
    return { ...before, endpoints: { upstreams: sortedList(upstreams) } };
  };

  it.each([
    ['pods come or go', { ...NO_CHANGE, upstreams }, before, true],
    ['a Service goes that no route names', { ...NO_CHANGE, upstreams }, after, true],
    ['a host goes', { ...NO_CHANGE, hosts: new Map([['a.example', null]]) }, after, false],
    ['a certificate is renewed', { ...NO_CHANGE, certificates: upstreams }, before, false],
    [
      'backends are spoken to otherwise',
      { ...NO_CHANGE, upstreams },
      spokenTo({ protocol: 'h2', tls: null }),
      false,
    ],
  ] as const)('is one where %s', (_, change, plans, expected) => {
    expect(isOfEndpointsOnly(change, before, plans)).toBe(expected);
  });
});
