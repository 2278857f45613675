// Who compiles virtual hosts: a pool of threads where there is much to do, this thread where there
// is little. The only importer of piscina. It gives sections back in the order of the hosts, and
// knows neither the arena nor what was compiled before.

import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { limits } from '#base/limits.ts';
import { compileHost } from '#compile/compile-host.ts';
import type { VirtualHost } from '#plan/routing-plan.ts';

const ENTRY = new URL('../../workers/compile-worker.ts', import.meta.url);

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
      maxThreads: Math.min(availableParallelism(), limits.compileThreadsMax),
      idleTimeout: limits.compileIdleTimeoutMs,
      maxQueue: limits.compileQueueMax,
      // A compile thread that waits on Atomics.wait could not be told to end.
      atomics: 'disabled',
    });
  }

  /** One section per virtual host, in order. Rejects when a thread fails, which is our mistake. */
  async compile(hosts: readonly VirtualHost[], seed: number): Promise<Uint8Array[]> {
    if (isSmall(hosts)) return hosts.map((host) => compileHost(host, seed));
    const batches: Promise<Uint8Array[]>[] = [];
    for (let start = 0; start < hosts.length; start += limits.compileBatchMax) {
      const batch = hosts.slice(start, start + limits.compileBatchMax);
      batches.push(this.#pool.run({ hosts: batch, seed }));
    }
    return (await Promise.all(batches)).flat();
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

/** True of what is compiled sooner than a thread would be told of it. */
function isSmall(hosts: readonly VirtualHost[]): boolean {
  const routes = hosts.reduce((count, host) => count + host.routes.length, 0);
  return hosts.length + routes <= limits.compileHereMax;
}
