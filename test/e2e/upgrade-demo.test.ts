import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { copyShop, freePort } from '../support/example.ts';

const SCRIPT = join(import.meta.dirname, '../../deploy/examples/upgrade.ts');
const ROUND = /tcp_migrate_req=(\S+), (\d+) upgrades[\s\S]*?\n(\d+) of (\d+) requests failed\n/g;
const REQUESTS = 1_000;

it('a process that replaces another costs no request, whatever is spoken', async () => {
  await using shop = await copyShop(await freePort());
  const args = ['--manifests', shop.path, '--requests', `${REQUESTS}`, '--drain-seconds', '1'];
  const demo = spawn(process.execPath, [SCRIPT, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output, [code]] = await Promise.all([text(demo.stdout), once(demo, 'close')]);
  const rounds = [...output.matchAll(ROUND)].map((round) => round.slice(1));
  expect(rounds.length, output).toBeGreaterThan(0);
  for (const [, upgrades, failed, requests] of rounds) {
    expect(Number(failed), output).toBe(0);
    expect(Number(upgrades)).toBeGreaterThan(0);
    expect(Number(requests)).toBeGreaterThanOrEqual(REQUESTS);
  }
  expect(code).toBe(0);
}, 60_000);
