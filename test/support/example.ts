// An example of deploy/examples as a child process, as a user starts it, over a copy of the shop
// whose pods listen where nobody else does.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type ManifestDirectory, manifestDirectory } from './manifest-directory.ts';

const EXAMPLES = fileURLToPath(new URL('../../deploy/examples', import.meta.url));
const SHOP = join(EXAMPLES, 'shop');

export interface ExampleOptions {
  /** A file of deploy/examples. */
  readonly script: 'demo.ts' | 'cluster.ts';
  readonly manifests: string;
  readonly httpPort?: number;
}

/** The shop with its pods on a free port; each has an address of its own. */
export async function copyShop(podPort: number): Promise<ManifestDirectory> {
  const names = await readdir(SHOP);
  const texts = await Promise.all(names.map((name) => readFile(join(SHOP, name), 'utf8')));
  return manifestDirectory(
    Object.fromEntries(
      names.map((name, index) => [
        name,
        texts[index]?.replaceAll(/\b1810\d\b/g, `${podPort}`) ?? '',
      ]),
    ),
  );
}

export async function freePort(): Promise<number> {
  await using server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

export class Example {
  readonly process: ChildProcess;
  readonly exitCode: Promise<number | null>;
  readonly #lines: string[] = [];
  readonly #onLine = new Set<() => void>();

  constructor({ script, manifests, httpPort = 0 }: ExampleOptions) {
    const options = ['--http-port', `${httpPort}`, '--admin-port', '0', '--restart-seconds', '0'];
    this.process = spawn(
      process.execPath,
      [join(EXAMPLES, script), '--manifests', manifests, ...options],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.exitCode = once(this.process, 'close').then(([code]) => code);
    for (const input of [this.process.stdout, this.process.stderr]) {
      if (input === null) throw new Error('the example has no pipe');
      createInterface({ input }).on('line', (line) => {
        this.#lines.push(line);
        for (const wake of this.#onLine) wake();
      });
    }
  }

  get output(): string {
    return this.#lines.join('\n');
  }

  /** Resolves once the output matches; rejects if the example ends before. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(this.output);
        if (match === null) return;
        this.#onLine.delete(look);
        resolve(match);
      };
      this.#onLine.add(look);
      void this.exitCode.then(() => reject(new Error(`the example ended:\n${this.output}`)));
      look();
    });
  }
}
