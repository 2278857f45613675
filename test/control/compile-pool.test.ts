import { expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { compileHost } from '#compile/compile-host.ts';
import { CompilePool } from '#control/compile-pool.ts';
import { routingPlanOf } from '../support/plans.ts';

const SEED = 7;

it('compiles as the main thread would, in order, across batches', async () => {
  const pool = new CompilePool();
  const hosts = routingPlanOf(
    Object.fromEntries(
      Array.from({ length: limits.compileBatchMax + 10 }, (_, index) => [
        `host-${index}.example`,
        ['Prefix /', 'Exact /a'] as const,
      ]),
    ),
  ).virtualHosts;
  const sections = await pool.compile(hosts, SEED);
  await pool.close();
  expect(sections.map((section) => Buffer.from(section).toString('hex'))).toEqual(
    hosts.map((host) => Buffer.from(compileHost(host, SEED)).toString('hex')),
  );
});

it('has nothing to do for no hosts', async () => {
  const pool = new CompilePool();
  expect(await pool.compile([], SEED)).toEqual([]);
  await pool.close();
});
