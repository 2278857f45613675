// Who compiles virtual hosts: a pool of threads where there is much to do, this thread where there
// is little. The only importer of piscina. It gives sections back in the order of the hosts, each
// of them verified, and knows neither the arena nor what was compiled before.

import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { limits } from '#base/limits.ts';
import type { Sliced } from '#base/sliced.ts';
import { compileSections, type PackedSections, unpackSections } from '#compile/compile-sections.ts';
import type { VirtualHost } from '#plan/routing-plan.ts';
import { runInSlices } from './run-in-slices.ts';

const ENTRY = new URL('../../workers/compile-worker.ts', import.meta.url);

const THREADS = Math.min(availableParallelism(), limits.compileThreadsMax);
/** One to compile and one to take next for each thread. */
const BATCHES_UNDER_WAY = 2 * THREADS;

/** The argument of `compileBatch` in workers/compile-worker.ts. */
interface CompileTask {
  readonly hostsJson: string;
  readonly seed: number;
}

export class CompilePool {
  readonly #pool: Piscina<CompileTask, PackedSections>;

  constructor() {
    this.#pool = new Piscina({
      filename: fileURLToPath(ENTRY),
      name: 'compileBatch',
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
    const batches = cut(hosts);
    const compiled: (readonly Uint8Array[])[] = [];
    let next = 0;
    // To print a batch takes this thread a moment, so a few are under way at a time, and others
    // come to their turn in between.
    const feed = async (): Promise<void> => {
      while (next < batches.length) {
        const index = next;
        next += 1;
        const hostsJson = JSON.stringify(batches[index]);
        compiled[index] = unpackSections(await this.#pool.run({ hostsJson, seed }));
      }
    };
    await Promise.all(Array.from({ length: BATCHES_UNDER_WAY }, feed));
    return compiled.flat();
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

function* compileHere(hosts: readonly VirtualHost[], seed: number): Sliced<Uint8Array[]> {
  const sections: Uint8Array[] = [];
  for (const host of hosts) {
    sections.push(...unpackSections(compileSections([host], seed)));
    yield;
  }
  return sections;
}

/** True of what is compiled sooner than a thread would be told of it. */
function isSmall(hosts: readonly VirtualHost[]): boolean {
  return hosts.reduce((sum, host) => sum + weightOf(host), 0) <= limits.compileHereMax;
}

/** In batches of about equal work: one host may have as many routes as a thousand others. */
function cut(hosts: readonly VirtualHost[]): readonly (readonly VirtualHost[])[] {
  const batches: VirtualHost[][] = [];
  let batch: VirtualHost[] = [];
  let weight = 0;
  for (const host of hosts) {
    if (batch.length === 0) batches.push(batch);
    batch.push(host);
    weight += weightOf(host);
    if (weight < limits.compileBatchMax) continue;
    batch = [];
    weight = 0;
  }
  return batches;
}

/** About as long as a route takes to compile and verify, a host itself takes. */
function weightOf({ routes }: VirtualHost): number {
  return 1 + routes.length;
}
