// A damaged snapshot is refused, or the damage does not matter to a lookup.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildSnapshot } from '#compile/build-snapshot.ts';
import { NO_ENDPOINTS } from '#plan/endpoint-plan.ts';
import { Arena } from '#snapshot/arena.ts';
import { DETAILS, PAGE, ROOT, ROUTE, SECTION, SLOT, UPSTREAM } from '#snapshot/layout.ts';
import { wordAt } from '#snapshot/read-records.ts';
import { verifySnapshot } from '#snapshot/verify.ts';
import { SnapshotView } from '#snapshot/view.ts';
import { endpointPlanOf, type Rule, routeOf, routingPlanOf } from '../support/plans.ts';

const RULES: Readonly<Record<string, readonly Rule[]>> = {
  'shop.example': ['Exact /', 'Prefix /', 'Prefix /a', 'Prefix /a/b', 'Exact /a/b'],
  '*.shop.example': ['Prefix /a'],
  'bbs.example': ['Prefix /', 'Exact /b'],
  '*': ['Prefix /any'],
};
const HOSTS = ['shop.example', 'a.shop.example', 'bbs.example', 'other', ''];
const PATHS = ['/', '/a', '/a/b', '/a/b/c', '/b', '/any/thing', '/ab'];

function snapshotOf(rules = RULES) {
  const plan = routingPlanOf(rules, routeOf('', 'Prefix /'));
  return buildSnapshot(plan, endpointPlanOf(plan), { seed: 99, arena: new Arena(1 << 15) });
}

function answers(view: SnapshotView, root: number): number[] {
  view.adopt(root);
  return HOSTS.flatMap((host) =>
    PATHS.map((path) =>
      view.lookup(host + path, 0, host.length, host.length, host.length + path.length),
    ),
  );
}

/** Offset of the first record that a table leads to. */
function firstOf(words: Int32Array, directory: number): number {
  const page = words[directory / 4 + PAGE.offset] as number;
  for (let at = page / 4; ; at += 2)
    if (words[at + SLOT.offset] !== 0) return words[at + 1] as number;
}

describe('verification', () => {
  it('accepts what compile and link make', () => {
    const { arena, root } = snapshotOf();
    expect(() => verifySnapshot(arena.memory, root)).not.toThrow();
  });

  it.each([
    ['nothing at all', {}],
    ['a host without routes', { 'shop.example': [] }],
  ])('accepts %s', (_, rules) => {
    const { arena, root } = snapshotOf(rules);
    expect(() => verifySnapshot(arena.memory, root)).not.toThrow();
  });

  it.each([
    ['root', 'magic', ROOT.magic],
    ['root', 'generation', ROOT.generation],
    ['root', 'seed', ROOT.seed],
    ['root', 'hostTable', ROOT.hostTable],
    ['root', 'hostShift', ROOT.hostShift],
    ['root', 'hostCount', ROOT.hostCount],
    ['root', 'anyHost', ROOT.anyHost],
    ['root', 'defaultRoute', ROOT.defaultRoute],
    ['root', 'upstreamTable', ROOT.upstreamTable],
    ['root', 'upstreamShift', ROOT.upstreamShift],
    ['root', 'upstreamCount', ROOT.upstreamCount],
    ['root', 'size', ROOT.size],
    ['section', 'size', SECTION.size],
    ['section', 'hostHash', SECTION.hostHash],
    ['section', 'hostSize', SECTION.hostSize],
    ['section', 'pathMask', SECTION.pathMask],
    ['section', 'depthMask', SECTION.depthMask],
    ['section', 'exactCount', SECTION.exactCount],
    ['section', 'routeCount', SECTION.routeCount],
    ['section', 'routes', SECTION.routes],
    ['section', 'first bytes of the host key', SECTION.routes + 1],
    ['route', 'match', ROUTE.match],
    ['route', 'details', ROUTE.details],
    ['details', 'size', DETAILS.size],
    ['details', 'upstreamCount', DETAILS.upstreamCount],
    ['details', 'key of the first upstream', DETAILS.upstreamCount + 1],
    ['upstream', 'size', UPSTREAM.size],
    ['upstream', 'endpointCount', UPSTREAM.endpointCount],
    ['upstream', 'stamp', UPSTREAM.stamp],
    ['upstream', 'key', UPSTREAM.key],
    ['upstream', 'transport', UPSTREAM.transport],
    ['upstream', 'family of the first endpoint', UPSTREAM.transport + 1],
    ['upstream', 'port of the first endpoint', UPSTREAM.transport + 2],
    ['upstream', 'address of the first endpoint', UPSTREAM.transport + 3],
  ] as const)('refuses a %s with another %s', (record, _, word) => {
    const { arena, root } = snapshotOf();
    const { memory } = arena;
    const section = firstOf(memory.words, wordAt(memory, root, ROOT.hostTable));
    const route = section + wordAt(memory, section, SECTION.routes);
    const start = {
      root,
      section,
      route,
      details: route + wordAt(memory, route, ROUTE.details),
      upstream: firstOf(memory.words, wordAt(memory, root, ROOT.upstreamTable)),
    }[record];
    const at = start / 4 + word;
    const value = memory.words[at] as number;
    const others = [0, 1, value + 1, value - 1, value + 8, value ^ 0x8000_0000, -1, 0x7fff_ffff];
    for (const other of others.filter((one) => (one | 0) !== value)) {
      // Any number from 1 is a generation.
      if (word === ROOT.generation && record === 'root' && other !== 0) continue;
      // Offset 0 leaves `*` or the default route out, which is a valid snapshot.
      const isOptional = word === ROOT.anyHost || word === ROOT.defaultRoute;
      if (record === 'root' && isOptional && other === 0) continue;
      memory.words[at] = other;
      expect(() => verifySnapshot(memory, root), `with ${other}`).toThrow();
    }
  });

  it('refuses a host table that lost an entry, or leads to another section', () => {
    for (const field of [SLOT.hash, SLOT.offset]) {
      const { arena, root } = snapshotOf();
      const { memory } = arena;
      const directory = wordAt(memory, root, ROOT.hostTable) / 4;
      const table = (memory.words[directory + PAGE.offset] as number) / 4;
      const slot = [0, 2, 4, 6, 8].find((at) => memory.words[table + at + 1] !== 0) as number;
      memory.words[table + slot + field] = 0;
      expect(() => verifySnapshot(memory, root)).toThrow('snapshot refused');
    }
  });

  it('refuses a route to an upstream that is not there', () => {
    const plan = routingPlanOf(RULES);
    const { arena, root } = buildSnapshot(plan, NO_ENDPOINTS, {
      seed: 1,
      arena: new Arena(1 << 15),
    });
    expect(() => verifySnapshot(arena.memory, root)).toThrow('of a route is there');
  });

  it('lets no single damaged word change an answer', () => {
    const { arena, root } = snapshotOf();
    const { words } = arena.memory;
    const view = new SnapshotView(arena.buffer);
    const expected = answers(view, root);
    const used = arena.usedBytes / 4 + 16;
    const damage = fc.oneof(
      fc.nat(255).map((byte) => byte | 0),
      fc.integer(),
    );
    fc.assert(
      fc.property(fc.integer({ min: 16, max: used }), damage, (at, value) => {
        const before = words[at] as number;
        words[at] = value;
        try {
          if (isAccepted()) expect(answers(view, root)).toEqual(expected);
        } finally {
          words[at] = before;
        }
      }),
      { numRuns: 2_000 },
    );

    function isAccepted(): boolean {
      try {
        verifySnapshot(arena.memory, root);
        return (
          wordAt(arena.memory, root, ROOT.anyHost) *
            wordAt(arena.memory, root, ROOT.defaultRoute) !==
          0
        );
      } catch {
        return false;
      }
    }
  });
});
