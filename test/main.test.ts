import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SHOP = 'deploy/examples/shop';

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

function headgate(args: readonly string[], environment = {}): Promise<Outcome> {
  const env = { ...process.env, ...environment };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['src/main.ts', ...args],
      { cwd: ROOT, env },
      (error, stdout, stderr) => {
        resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr });
      },
    );
  });
}

describe('the program', () => {
  it('prints what a command tells on stdout', async () => {
    expect(await headgate(['check', SHOP])).toEqual({
      exitCode: 0,
      stdout: 'ok: 10 objects\n',
      stderr: '',
    });
  });

  it('exits 1 if a command says so', async () => {
    const outcome = await headgate(['explain', '--manifests', SHOP, 'http://nowhere.example/']);
    expect(outcome).toMatchObject({ exitCode: 1, stderr: '' });
    expect(outcome.stdout).toContain('404');
  });

  it.each([
    [['run', '--frob'], {}, "headgate: unknown option '--frob'\n"],
    [['run', '\x1b[31m'], {}, /^headgate: too many arguments for 'run'.*\\u001b\[31m\.\n$/],
    [['check', SHOP], { HEADGATE_INGRESS_CLASS: '-' }, /^headgate: HEADGATE_INGRESS_CLASS: /],
  ])('exits 2 with one line on stderr for %j and %j', async (args, environment, line) => {
    const outcome = await headgate(args, environment);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toMatch(line);
    expect(outcome.stderr.split('\n')).toHaveLength(2);
  });

  it('prints help on stdout', async () => {
    const outcome = await headgate(['--help']);
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    expect(outcome.stdout).toMatch(/^Usage: headgate /);
  });

  it('takes it for no failure if its reader leaves early', async () => {
    const child = spawn(process.execPath, ['src/main.ts', 'routes', '--manifests', SHOP], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    const [stderr, [exitCode]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});
