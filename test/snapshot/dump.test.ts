import { describe, expect, it } from 'vitest';
import { buildSnapshot } from '#compile/build-snapshot.ts';
import type { EndpointPlan } from '#plan/endpoint-plan.ts';
import { NO_ENDPOINTS } from '#plan/endpoint-plan.ts';
import type { RoutingPlan } from '#plan/routing-plan.ts';
import { Arena } from '#snapshot/arena.ts';
import { dumpSnapshot } from '#snapshot/dump.ts';
import { endpointPlanOf, routeOf, routingPlanOf } from '../support/plans.ts';

function dump(plan: RoutingPlan, endpoints: EndpointPlan, seed = 1): string {
  const { arena, root } = buildSnapshot(plan, endpoints, {
    seed,
    generation: 7,
    arena: new Arena(1 << 20),
  });
  return dumpSnapshot(arena.memory, root);
}

describe('a dump', () => {
  const plan = routingPlanOf(
    { 'shop.example': ['Prefix /', 'Exact /a'], '*.shop.example': ['Prefix /b'], '*': [] },
    { ...routeOf('', 'Prefix /'), source: { object: null, field: '--default-backend' } },
  );

  it('is a line for each fact, sorted', () => {
    expect(dump(plan, endpointPlanOf(plan))).toMatchInlineSnapshot(`
      "generation 7
      host *
      host *.shop.example
        Prefix /b
          key 7222d4e810a38cee6e97035649276f43
          to test/*.shop.example Prefix /b:80 weight 1
          from Ingress test/*.shop.example spec.rules[0].http.paths[0]
      host shop.example
        Exact /a
          key 8dcdaecff83a28a7d23cae5a989d85ff
          to test/shop.example Exact /a:80 weight 1
          from Ingress test/shop.example spec.rules[0].http.paths[0]
        Prefix /
          key 6ecf4fc40cb8cf5746abc838d6e9f0da
          to test/shop.example Prefix /:80 weight 1
          from Ingress test/shop.example spec.rules[0].http.paths[0]
      default
        Prefix /
          key 0c5f160eb3b5009cf020357fd02e945f
          to test/ Prefix /:80 weight 1
          from --default-backend
      upstream test/ Prefix /:80
          key 300b0f3919c8ed6ee5890f3c67b627c7
          at 10.0.0.1:8080
          at [fd00::1]:8080
      upstream test/*.shop.example Prefix /b:80
          key 33e9c5091e008d4180e448b7723cb97c
          at 10.0.0.1:8080
          at [fd00::1]:8080
      upstream test/shop.example Exact /a:80
          key 75a5e2c423db136ef37f151e972886be
          at 10.0.0.1:8080
          at [fd00::1]:8080
      upstream test/shop.example Prefix /:80
          key f5d54425c3b1227b5cdeb23503cd7b38
          at 10.0.0.1:8080
          at [fd00::1]:8080
      "
    `);
  });

  it('knows nothing of the seed', () => {
    const endpoints = endpointPlanOf(plan);
    expect(dump(plan, endpoints, 2)).toBe(dump(plan, endpoints, 1));
  });

  it('escapes what would break its lines', () => {
    const hostile = routingPlanOf({ h: ['Prefix /a\n  Exact /b\u001b[31m'] });
    expect(dump(hostile, endpointPlanOf(hostile))).toContain(
      '  Prefix /a\\n  Exact /b\\u001b[31m\n',
    );
  });

  it('of an empty snapshot is its generation', () => {
    expect(dump(routingPlanOf({}), NO_ENDPOINTS)).toBe('generation 7\n');
  });
});
