// Who compiles virtual hosts: a pool of threads where there is much to do, this thread where there
// is little. The only importer of piscina. It gives sections back in the order of the hosts, and
// knows neither the arena nor what was compiled before.

import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { limits } from '#base/limits.ts';
import type { Sliced } from '#base/sliced.ts';
import { compileHost } from '#compile/compile-host.ts';
import type { VirtualHost } from '#plan/routing-plan.ts';
import { runInSlices } from './run-in-slices.ts';

const ENTRY = new URL('../../workers/compile-worker.ts', import.meta.url);

const THREADS = Math.min(availableParallelism(), limits.compileThreadsMax);
/** One to compile and one to take next for each thread. */
const BATCHES_UNDER_WAY = 2 * THREADS;

/** The argument of `compileHosts` in workers/compile-worker.ts. */
interface CompileTask {
  readonly hosts: readonly VirtualHost[];
  readonly seed: number;
}

export class CompilePool {
  readonly #pool: Piscina<CompileTask, Uint8Array[]>;

  constructor() {
    this.#pool = new Piscina({
      filename: fileURLToPath(ENTRY),
      name: 'compileHosts',
      // Most changes never ask for a thread, so none is kept for them.
      minThreads: 0,
      maxThreads: THREADS,
      idleTimeout: limits.compileIdleTimeoutMs,
      maxQueue: BATCHES_UNDER_WAY,
      // A compile thread that waits on Atomics.wait could not be told to end.
      atomics: 'disabled',
    });
  }

  /** One section per virtual host, in order. Rejects when a thread fails, which is our mistake. */
  async compile(hosts: readonly VirtualHost[], seed: number): Promise<Uint8Array[]> {
    if (isSmall(hosts)) return runInSlices(compileHere(hosts, seed));
    const batches: Uint8Array[][] = [];
    let start = 0;
    // To copy a batch into a message takes this thread a moment, so a few are under way at a time,
    // and others come to their turn in between.
    const feed = async (): Promise<void> => {
      while (start < hosts.length) {
        const batch = hosts.slice(start, start + limits.compileBatchMax);
        const index = start / limits.compileBatchMax;
        start += limits.compileBatchMax;
        batches[index] = await this.#pool.run({ hosts: batch, seed });
      }
    };
    await Promise.all(Array.from({ length: BATCHES_UNDER_WAY }, feed));
    return batches.flat();
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

function* compileHere(hosts: readonly VirtualHost[], seed: number): Sliced<Uint8Array[]> {
  const sections: Uint8Array[] = [];
  for (const host of hosts) {
    sections.push(compileHost(host, seed));
    yield;
  }
  return sections;
}

/** True of what is compiled sooner than a thread would be told of it. */
function isSmall(hosts: readonly VirtualHost[]): boolean {
  const routes = hosts.reduce((count, host) => count + host.routes.length, 0);
  return hosts.length + routes <= limits.compileHereMax;
}
