// Where compiled code is kept. Each row is a process of its own, because all of one shares a cache.

import { execFile } from 'node:child_process';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const MODULE = new URL('../../src/commands/compile-cache.ts', import.meta.url);
const OURS = fileURLToPath(new URL('../../node_modules/.cache/headgate', import.meta.url));
const PROGRAM = `import { keepCompiledCode } from ${JSON.stringify(MODULE)};
  process.stdout.write(JSON.stringify(keepCompiledCode()));`;

async function keptIn(env: Readonly<Record<string, string>>): Promise<string | null> {
  const args = ['--input-type=module', '--eval', PROGRAM];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return JSON.parse(stdout);
}

it('is kept below our own node_modules, where nobody else may write', async () => {
  expect(await keptIn({})).toBe(OURS);
});

it('is left to the operator who has said where', async () => {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'headgate-'));
  expect(await keptIn({ NODE_COMPILE_CACHE: directory.path })).toBeNull();
});

it('is kept nowhere if the operator wants none', async () => {
  expect(await keptIn({ NODE_DISABLE_COMPILE_CACHE: '1' })).toBeNull();
});
