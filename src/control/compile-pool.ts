// Who compiles virtual hosts: this thread, which writes bytes sooner than it could tell another
// what to write. Whoever compiles does not verify where there is much to do: that is for a pool of
// threads, which see the same memory. The only importer of piscina. It gives sections back in the
// order of the hosts, each of them verified, and knows neither the arena nor what was before.

import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { limits } from '#base/limits.ts';
import type { Sliced } from '#base/sliced.ts';
import {
  compileSections,
  type PackedSections,
  unpackSections,
  verifySections,
} from '#compile/compile-sections.ts';
import type { VirtualHost } from '#plan/routing-plan.ts';
import { runInSlices } from './run-in-slices.ts';

const ENTRY = new URL('../../workers/verify-worker.ts', import.meta.url);

const THREADS = Math.min(availableParallelism(), limits.verifyThreadsMax);

/** The argument of `verifyBatch` in workers/verify-worker.ts. */
interface VerifyTask {
  readonly sections: PackedSections;
  readonly seed: number;
}

export class CompilePool {
  readonly #pool: Piscina<VerifyTask, void>;

  constructor() {
    this.#pool = new Piscina({
      filename: fileURLToPath(ENTRY),
      name: 'verifyBatch',
      // Most changes never ask for a thread, so none is kept for them.
      minThreads: 0,
      maxThreads: THREADS,
      idleTimeout: limits.verifyIdleTimeoutMs,
      // A thread that waits on Atomics.wait could not be told to end.
      atomics: 'disabled',
    });
  }

  /** One section per virtual host, in order. Rejects when a thread fails, which is our mistake. */
  async compile(hosts: readonly VirtualHost[], seed: number): Promise<Uint8Array[]> {
    if (isSmall(hosts)) return runInSlices(compileHere(hosts, seed));
    const verdicts: Promise<{ readonly error: unknown } | null>[] = [];
    // The memory is taken anyway, so batches may wait for a thread.
    const verify = (sections: PackedSections): void => {
      const verdict = this.#pool.run({ sections, seed }).then(
        () => null,
        (error: unknown) => ({ error }),
      );
      verdicts.push(verdict);
    };
    const compiled = await runInSlices(compileBatches(hosts, seed, verify));
    const failed = (await Promise.all(verdicts)).find((verdict) => verdict !== null);
    if (failed !== undefined) throw failed.error;
    return compiled;
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

function* compileBatches(
  hosts: readonly VirtualHost[],
  seed: number,
  verify: (sections: PackedSections) => void,
): Sliced<Uint8Array[]> {
  const compiled: Uint8Array[] = [];
  for (const batch of cut(hosts)) {
    const sections = compileSections(batch, seed);
    verify(sections);
    compiled.push(...unpackSections(sections));
    yield;
  }
  return compiled;
}

function* compileHere(hosts: readonly VirtualHost[], seed: number): Sliced<Uint8Array[]> {
  const compiled: Uint8Array[] = [];
  for (const host of hosts) {
    const sections = compileSections([host], seed);
    verifySections(sections, seed);
    compiled.push(...unpackSections(sections));
    yield;
  }
  return compiled;
}

/** True of what is verified sooner than a thread would begin. */
function isSmall(hosts: readonly VirtualHost[]): boolean {
  return hosts.reduce((sum, host) => sum + weightOf(host), 0) <= limits.verifyHereMax;
}

/** In batches of about equal work: one host may have as many routes as a thousand others. */
function* cut(hosts: readonly VirtualHost[]): Iterable<readonly VirtualHost[]> {
  let batch: VirtualHost[] = [];
  let weight = 0;
  for (const host of hosts) {
    batch.push(host);
    weight += weightOf(host);
    if (weight < limits.compileBatchMax) continue;
    yield batch;
    batch = [];
    weight = 0;
  }
  if (batch.length > 0) yield batch;
}

/** About as long as a route takes to compile and verify, a host itself takes. */
function weightOf({ routes }: VirtualHost): number {
  return 1 + routes.length;
}
