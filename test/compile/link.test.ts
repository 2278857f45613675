import { describe, expect, it } from 'vitest';
import { finish } from '#base/sliced.ts';
import { valuesOf } from '#base/sorted-list.ts';
import { buildSnapshot } from '#compile/build-snapshot.ts';
import { compileUpstream } from '#compile/compile-endpoints.ts';
import { linkRoot, upstreamEntry } from '#compile/link.ts';
import { linkTable } from '#compile/link-table.ts';
import { NO_ENDPOINTS, PLAIN_HTTP1 } from '#plan/endpoint-plan.ts';
import { Arena } from '#snapshot/arena.ts';
import { upstreamKey } from '#snapshot/keys.ts';
import { ROOT, ROOT_BYTES } from '#snapshot/layout.ts';
import { wordAt } from '#snapshot/read-records.ts';
import { verifySnapshot } from '#snapshot/verify.ts';
import { SnapshotView } from '#snapshot/view.ts';
import { endpointPlanOf, type Rule, routingPlanOf } from '../support/plans.ts';

const plan = routingPlanOf(
  Object.fromEntries(
    Array.from({ length: 500 }, (_, index): [string, Rule[]] => [
      `t${index}.example`,
      ['Prefix /'],
    ]),
  ),
);

describe('link', () => {
  it('gives equal bytes for equal plans and seeds', () => {
    const [one, other] = [plan, structuredClone(plan)].map((input) => {
      const { arena, root } = buildSnapshot(input, endpointPlanOf(input), {
        seed: 5,
        arena: new Arena(1 << 20),
      });
      return Buffer.from(arena.memory.bytes.slice(0, root + ROOT_BYTES));
    });
    expect(one?.equals(other as Buffer)).toBe(true);
  });

  it('makes a table whose every entry is found', () => {
    const { arena, root } = buildSnapshot(plan, endpointPlanOf(plan), {
      seed: 5,
      arena: new Arena(1 << 20),
    });
    expect(wordAt(arena.memory, root, ROOT.hostCount)).toBe(500);
    expect(() => verifySnapshot(arena.memory, root)).not.toThrow();
  });

  it('takes a table over into the next generation while pods come and go', () => {
    const small = routingPlanOf({ 'shop.example': ['Prefix /'] });
    const [upstream] = valuesOf(endpointPlanOf(small).upstreams);
    const { name } = upstream as NonNullable<typeof upstream>;
    const { arena, root } = buildSnapshot(small, endpointPlanOf(small), {
      seed: 5,
      arena: new Arena(1 << 20),
    });
    const { memory } = arena;
    const hostTable = wordAt(memory, root, ROOT.hostTable);

    const bytes = compileUpstream({
      name,
      endpoints: [],
      externalName: null,
      transport: PLAIN_HTTP1,
    });
    const record = arena.allocate(bytes.length);
    memory.bytes.set(bytes, record);
    const allocate = (sizeBytes: number) => arena.allocate(sizeBytes);
    const options = { memory, allocate };
    const upstreams = finish(linkTable(null, [upstreamEntry(name, record)], options)).table;
    const empty = finish(linkTable(null, [], options)).table;
    const next = arena.allocate(ROOT_BYTES);
    linkRoot(memory, next, {
      generation: 2,
      seed: 5,
      hosts: { ...empty, tree: { ...empty.tree, count: 1 }, offset: hostTable },
      anyHost: 0,
      defaultRoute: 0,
      upstreams,
      serverNames: empty,
      certificates: empty,
      fallbackName: 0,
      ticketSecret: 0,
    });

    verifySnapshot(memory, next);
    const view = new SnapshotView(arena.buffer);
    view.adopt(root);
    const route = view.lookup('shop.example/', 0, 12, 12, 13);
    expect(view.findUpstream(upstreamKey(name))).not.toBe(record);
    view.adopt(next);
    expect(view.generation).toBe(2);
    expect(view.lookup('shop.example/', 0, 12, 12, 13)).toBe(route);
    expect(view.findUpstream(upstreamKey(name))).toBe(record);
  });

  it('never gives a snapshot the generation 0, which stands for none', () => {
    expect(() =>
      buildSnapshot(routingPlanOf({}), NO_ENDPOINTS, {
        seed: 1,
        generation: 0,
        arena: new Arena(4096),
      }),
    ).toThrow('generation 0');
  });
});
