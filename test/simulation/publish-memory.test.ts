// Memory does not creep: whatever has been published before, the arena holds what the same plan
// takes, in no more pieces than after the first changes.

import { expect, it } from 'vitest';
import { finish } from '#base/sliced.ts';
import { replaceInList } from '#base/sorted-list.ts';
import { compileSections, unpackSections } from '#compile/compile-sections.ts';
import { compileChange, NO_PLANS, type Plans } from '#control/compile-change.ts';
import { Publisher } from '#control/publisher.ts';
import type { VirtualHost } from '#plan/routing-plan.ts';
import { ControlBlock } from '#protocol/control-block.ts';
import { Arena } from '#snapshot/arena.ts';
import { routeOf, routingPlanOf } from '../support/plans.ts';
import { seededRandom } from '../support/seeded-random.ts';

const SEED = 7;
const HOSTS = 400;
const PUBLISHES = 10_000;
const WARM_UP = 1_000;

function nameOf(index: number): string {
  return `host-${index}.example`;
}

function hostOf(index: number, pathCount: number): VirtualHost {
  const paths = Array.from({ length: pathCount }, (_, path) => `Exact /part-${path}` as const);
  const [host] = routingPlanOf({ [nameOf(index)]: [] }).virtualHosts.pieces.flat();
  const routes = paths.map((path) => routeOf(nameOf(index), path));
  return { ...(host as VirtualHost), routes };
}

it('takes as much of the arena after 10,000 publications as after one of the same', async () => {
  const arena = new Arena(4 * 2 ** 20);
  const publisher = new Publisher({ arena, control: ControlBlock.create(1), seed: SEED });
  let inForce = NO_PLANS;
  const publish = async (hosts: readonly VirtualHost[]): Promise<void> => {
    const replaced = new Map(hosts.map((host) => [host.host, host]));
    const virtualHosts = replaceInList(inForce.routes.virtualHosts, replaced, ({ host }) => host);
    const plans: Plans = { ...inForce, routes: { virtualHosts, defaultRoute: null } };
    const change = await compileChange(inForce, plans, {
      hosts: async (changed) => unpackSections(compileSections(changed, SEED)),
      seed: SEED,
    });
    expect(finish(publisher.publish(change))).not.toBe('arenaFull');
    inForce = plans;
  };
  const all = Array.from({ length: HOSTS }, (_, index) => hostOf(index, 10));
  await publish(all);
  const { usedBytes } = arena;

  const random = seededRandom(5);
  let extentsMax = 0;
  let laterExtentsMax = 0;
  for (let count = 0; count < PUBLISHES; count += 1) {
    await publish([hostOf(random.below(HOSTS), 1 + random.below(20))]);
    if (count < WARM_UP) extentsMax = Math.max(extentsMax, arena.freeExtentCount);
    else laterExtentsMax = Math.max(laterExtentsMax, arena.freeExtentCount);
  }
  expect(laterExtentsMax).toBeLessThan(extentsMax * 2);
  await publish(all);
  expect(arena.usedBytes).toBe(usedBytes);
});
