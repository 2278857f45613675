// Performs what the Dockerfile copies, installs and runs, without a container engine, and starts
// the result. What needs root or a Debian mirror is named below, and is not performed.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync, statSync } from 'node:fs';
import { cp, mkdir, mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { warnOfOldRuntime } from '../../src/commands/runtime-version.ts';
import { KeptLog } from '../support/kept-log.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const DOCKERFILE = join(PROJECT, 'deploy/Dockerfile');
const INSTALL_TIMEOUT_MS = 180_000;

const NOT_PERFORMED: readonly string[] = [
  'RUN apt-get update && apt-get install --yes --no-install-recommends libcap2-bin',
  'RUN setcap cap_net_bind_service=+ep /usr/local/bin/node',
  'RUN install -d -o 65532 -g 65532 /app',
  'COPY --from=capable /usr/local/bin/node /usr/local/bin/node',
];

const text = readFileSync(DOCKERFILE, 'utf8');
const steps = text.split('\n').filter((line) => /^[A-Z]+ /.test(line));

/** The words of a step after its instruction and options. */
function wordsOf(step: string): readonly string[] {
  return step.split(' ').filter((word, index) => index > 0 && !word.startsWith('--'));
}

/** A folder for each stage of the Dockerfile; what is /app there is `app` in it. */
class Builder {
  readonly #root: string;
  readonly #env: Record<string, string | undefined>;
  #stage = 'none';
  readonly skipped: string[] = [];

  constructor(root: string) {
    this.#root = root;
    const home = process.env.HOME ?? root;
    // The image changes HOME, but npm is to find the registry and the cache of this machine.
    const npm = { npm_config_cache: `${home}/.npm`, npm_config_userconfig: `${home}/.npmrc` };
    this.#env = { ...process.env, NODE_OPTIONS: '', ...npm };
  }

  get app(): string {
    return join(this.#root, this.#stage, 'app');
  }

  async perform(step: string): Promise<void> {
    if (NOT_PERFORMED.includes(step)) this.skipped.push(step);
    else if (step.startsWith('FROM')) this.#stage = / AS (.*)$/.exec(step)?.[1] ?? 'final';
    else if (step.startsWith('COPY')) await this.#copy(step);
    else if (step.startsWith('ENV')) this.#setEnv(step);
    else if (step.startsWith('RUN')) this.#run(step.slice('RUN '.length));
  }

  async #copy(step: string): Promise<void> {
    const [, from] = / --from=(\S+)/.exec(step) ?? [];
    const words = wordsOf(step);
    const target = words.at(-1) ?? '';
    for (const source of words.slice(0, -1)) {
      const origin = from === undefined ? join(PROJECT, source) : join(this.#root, from, source);
      const isFolder = target.endsWith('/');
      const place = target.startsWith('/')
        ? join(this.#root, this.#stage, target)
        : join(this.app, target);
      const to = isFolder ? join(place, source.split('/').at(-1) ?? '') : place;
      await mkdir(dirname(to), { recursive: true });
      await cp(origin, to, { recursive: true });
    }
  }

  #setEnv(step: string): void {
    for (const word of wordsOf(step)) {
      const [name = '', value = ''] = word.split('=');
      this.#env[name] = value.replace(/^\/app/, this.app);
    }
  }

  #run(command: string): void {
    // The cache of npm that is here saves the registry another download.
    const local = command.replace(/ --cache=\S+/, ' --prefer-offline');
    execFileSync('sh', ['-c', local], { cwd: this.app, env: this.#env, stdio: 'pipe' });
  }

  /** Environment of the last stage. */
  get env(): Record<string, string | undefined> {
    return this.#env;
  }
}

it('builds an image that starts, from what it copies and installs', {
  timeout: INSTALL_TIMEOUT_MS,
}, async () => {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'headgate-image-'));
  const builder = new Builder(directory.path);
  for (const step of steps) await builder.perform(step);
  expect(builder.skipped).toEqual(NOT_PERFORMED);
  const inImage = globSync('*', { cwd: builder.app }).toSorted();
  expect(inImage).toEqual([
    'deploy',
    'node_modules',
    'package-lock.json',
    'package.json',
    'src',
    'workers',
  ]);
  expect(globSync('node_modules/{vitest,typescript,node-linux-*}', { cwd: builder.app })).toEqual(
    [],
  );
  const compiled = globSync('node_modules/.cache/headgate/*/*', { cwd: builder.app });
  const readable = compiled.filter((file) => statSync(join(builder.app, file)).mode & 0o004);
  expect(readable).toEqual(compiled);
  expect(compiled.length).toBeGreaterThan(50);

  const socket = join(directory.path, 'admin.sock');
  const options = ['--manifests', join(PROJECT, 'deploy/examples/shop'), '--http-port', '0'];
  const admin = ['--bind', '127.0.0.1', '--admin-port', '0', '--admin-socket', socket];
  const [program = '', ...entry] = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(text)?.[1] ?? '[]');
  const child = spawn(program, [...entry, 'run', ...options, ...admin], {
    cwd: builder.app,
    env: builder.env,
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  try {
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stderr as NodeJS.ReadableStream })) {
      lines.push(line);
      if (line.includes('"msg":"ready"')) break;
    }
    expect(lines.at(-1)).toContain('"msg":"ready"');
    const asked = execFileSync(program, [...entry, 'ready', '--admin-socket', socket], {
      cwd: builder.app,
      env: builder.env,
      encoding: 'utf8',
    });
    expect(asked).toBe('ready\n');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
  }
});

it('stands on a Node.js that is safe to face the internet', () => {
  const [, version = ''] = /^ARG NODE_TAG=(\d+\.\d+\.\d+)-/m.exec(text) ?? [];
  const log = new KeptLog();
  warnOfOldRuntime(`v${version}`, log);
  expect([version, log.lines]).toEqual([expect.stringMatching(/^26\./), []]);
});

it('sends the builder all that it copies, and nothing more', () => {
  const ignore = readFileSync(`${DOCKERFILE}.dockerignore`, 'utf8').split('\n');
  const sent = ignore.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const copied = steps
    .filter((step) => step.startsWith('COPY') && !step.includes('--from='))
    .flatMap((step) => wordsOf(step).slice(0, -1));
  expect(ignore).toContain('*');
  expect(sent.toSorted()).toEqual(copied.toSorted());
});

it('runs as the user that the manifests name, and not as root', () => {
  const users = steps.filter((step) => step.startsWith('USER'));
  expect(users).toEqual(['USER 65532:65532', 'USER 65532:65532']);
});
