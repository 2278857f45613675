// The compiled view and the naive matcher give one answer, whatever the plan, the request and the
// seed. Hosts and paths are drawn from few parts, so that they collide.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildSnapshot } from '#compile/build-snapshot.ts';
import { Arena } from '#snapshot/arena.ts';
import { decodeRoute } from '#snapshot/decode.ts';
import { verifySnapshot } from '#snapshot/verify.ts';
import { SnapshotView } from '#snapshot/view.ts';
import { matchNaively } from '../support/naive-matcher.ts';
import { endpointPlanOf, type Rule, routeOf, routingPlanOf } from '../support/plans.ts';

const label = fc.constantFrom('a', 'b', 'shop', 'example', 'x-1');
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const ruleHost = fc.oneof(
  name,
  name.map((text) => `*.${text}`),
  fc.constant('*'),
);
const mixedCase = fc
  .tuple(name, fc.boolean())
  .map(([text, isUpper]) => (isUpper ? text.toUpperCase() : text));
const requestHost = fc.oneof(
  mixedCase,
  mixedCase.map((text) => `.${text}`),
  fc.constant(''),
);

const element = fc.constantFrom('', 'a', 'b', 'ab', 'A', '%61', 'caf\u00e9');
const path = fc.array(element, { minLength: 1, maxLength: 6 }).map((all) => `/${all.join('/')}`);
const rule = fc.oneof(
  path.map((text): Rule => `Exact ${text}` as Rule),
  path.map((text): Rule => `Prefix ${text.replace(/\/+$/, '') || '/'}` as Rule),
);
const hosts = fc.dictionary(ruleHost, fc.uniqueArray(rule, { maxLength: 12 }), { maxKeys: 8 });
const requests = fc.array(fc.tuple(requestHost, path), { minLength: 20, maxLength: 20 });

/** A path as bytes, which is what a request holds. */
function onTheWire(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

it('the view answers as the naive matcher does', () => {
  fc.assert(
    fc.property(hosts, fc.boolean(), requests, fc.nat(), (rules, hasDefault, asked, seed) => {
      const plan = routingPlanOf(rules, hasDefault ? routeOf('', 'Prefix /') : null);
      const { arena, root } = buildSnapshot(plan, endpointPlanOf(plan), {
        seed,
        arena: new Arena(1 << 20),
      });
      verifySnapshot(arena.memory, root);
      const view = new SnapshotView(arena.buffer);
      view.adopt(root);
      for (const [host, target] of asked) {
        const wire = onTheWire(target);
        const route = view.lookup(
          `${host} ${wire}`,
          0,
          host.length,
          host.length + 1,
          host.length + 1 + wire.length,
        );
        const upstreams = route === 0 ? null : decodeRoute(view.memory, route).upstreams;
        const expected = matchNaively(plan, host, target)?.upstreams[0]?.name ?? null;
        expect({ host, target, name: upstreams?.[0]?.name ?? null }).toEqual({
          host,
          target,
          name: expected,
        });
      }
    }),
    { numRuns: 300 },
  );
});
