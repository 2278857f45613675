import { expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { valuesOf } from '#base/sorted-list.ts';
import { compileHost } from '#compile/compile-host.ts';
import { CompilePool } from '#control/compile-pool.ts';
import type { VirtualHost } from '#plan/routing-plan.ts';
import { routingPlanOf } from '../support/plans.ts';

const SEED = 7;

/** Hosts with two routes each. */
function hostsOf(count: number): readonly VirtualHost[] {
  const names = Array.from({ length: count }, (_, index) => `host-${index}.example`);
  const plan = routingPlanOf(
    Object.fromEntries(names.map((name) => [name, ['Prefix /', 'Exact /a'] as const])),
  );
  return valuesOf(plan.virtualHosts);
}

// biome-ignore format: a table
it.each([
  ['nothing',               0],
  ['a small change',        3],
  ['what takes two batches', limits.verifyHereMax],
])('compiles %s into one section for each host, in order', async (_, count) => {
  const pool = new CompilePool();
  const hosts = hostsOf(count);
  const sections = await pool.compile(hosts, SEED);
  await pool.close();
  expect(sections.map((section) => Buffer.from(section).toString('hex'))).toEqual(
    hosts.map((host) => Buffer.from(compileHost(host, SEED)).toString('hex')),
  );
});
