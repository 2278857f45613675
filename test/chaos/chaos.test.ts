// The short form of `npm run chaos`: each of these faults once.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('chaos.ts', import.meta.url));
/** What takes long is left to the long form: threads that hang, outages, another worker count. */
const FAULTS = [
  'worker ends',
  'upgrade',
  'main thread fails',
  'clock set',
  'rollback',
  'API server forgets',
  'pod crashes',
  'pods reset',
];
const CLIENTS = ['new-connections', 'keep-alive', 'HTTP/2', 'tunnel', 'gRPC'];
const LONG = { timeout: 120_000 };

it(
  'gives no wrong answer and fails nobody while one thing after another goes wrong',
  LONG,
  async () => {
    const args = [PROGRAM, '--seconds', '0', '--seed', '1', '--faults', FAULTS.join(',')];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(child, 'close');
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(output + errors).toContain('\n0 wrong answers, 0 failures that no fault accounts for\n');
    for (const fault of FAULTS) expect(output).toMatch(new RegExp(`^${fault} +1 `, 'm'));
    for (const client of CLIENTS) expect(output).toMatch(new RegExp(`, .* ${client} [1-9]`));
    expect(await ended).toEqual([0, null]);
  },
);
