// The real kubectl, for tests that hold a cluster against it: found, and run against one server.
// Where there is none the tests that need it are left out, with a line that says so, but not in CI.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { clusterTool } from '../../deploy/tools/cluster-tools.ts';
import type { ApiServer } from './apiserver/api-server.ts';

export interface KubectlResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Far above what any command here takes, so that only a hang meets it. */
const TIMEOUT_MS = 30_000;

/** The path of kubectl, or null, said in one line. In CI it has to be there. */
export function findKubectl(): string | null {
  const path = process.env.HEADGATE_KUBECTL ?? clusterTool('kubectl');
  if (path !== null) return path;
  const sentence = 'there is no kubectl: run `npm run tools`, or set HEADGATE_KUBECTL';
  if (process.env.CI === 'true') throw new Error(sentence);
  process.stderr.write(`${sentence}; tests that need it are left out\n`);
  return null;
}

export class Kubectl implements AsyncDisposable {
  readonly #path: string;
  readonly #directory: AsyncDisposable;
  readonly #kubeconfig: string;
  readonly #home: string;

  private constructor(path: string, directory: { path: string } & AsyncDisposable, file: string) {
    this.#path = path;
    this.#directory = directory;
    this.#home = directory.path;
    this.#kubeconfig = file;
  }

  static async against(server: ApiServer, path = findKubectl() ?? 'kubectl'): Promise<Kubectl> {
    const temporary = await mkdtempDisposable(join(tmpdir(), 'kubectl-'));
    const directory = {
      path: temporary.path,
      [Symbol.asyncDispose]: () => temporary.remove(),
    };
    return new Kubectl(path, directory, await server.writeKubeconfig(temporary.path));
  }

  /** `input` is what `-f -` reads. */
  async run(args: readonly string[], input = ''): Promise<KubectlResult> {
    const child = this.#spawn(args);
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text;
      });
    }
    child.stdin?.end(input);
    const [exitCode] = await once(child, 'close');
    return { exitCode, ...output };
  }

  /** What a command that succeeds prints. */
  async tell(args: readonly string[], input = ''): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(args, input);
    if (exitCode === 0) return stdout;
    throw new Error(`kubectl ${args.join(' ')} ended with ${exitCode}: ${stderr}`);
  }

  /** Lines of a command that goes on, such as `get --watch`, until one is as wanted. */
  async follow(args: readonly string[], isWanted: (line: string) => boolean): Promise<string> {
    const child = this.#spawn(args);
    try {
      for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
        if (isWanted(line)) return line;
      }
      throw new Error(`kubectl ${args.join(' ')} ended without the line that was wanted`);
    } finally {
      child.kill();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#directory[Symbol.asyncDispose]();
  }

  #spawn(args: readonly string[]): ChildProcess {
    // HOME: kubectl keeps what it discovers of a server in it.
    const env = { HOME: this.#home, KUBECONFIG: this.#kubeconfig };
    return spawn(this.#path, args, { env, timeout: TIMEOUT_MS });
  }
}
