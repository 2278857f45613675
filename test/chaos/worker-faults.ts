// Faults of single threads: workers that end, hang, fill their heap, come and go; a main thread
// that stands still.

import { setTimeout as delay } from 'node:timers/promises';
import { workers } from '../../src/commands/workers.ts';
import type { Random } from '../support/seeded-random.ts';
import { DRAIN_SECONDS } from './edge.ts';
import { type Fault, LEFT, LOST } from './fault.ts';
import { type Scene, until } from './scene.ts';

/** Longer than the watchdog lets a worker be silent, and than a heap takes to fill. */
const REPLACED_MS_MAX = 60_000;
const STALL_MS = 3_000;
const STALL_MS_MORE = 4_000;

const END = 'process.exit(7)';
const HANG = 'for (;;) {}';
const FILL = `const kept = []; for (;;) kept.push({ text: 'x' + kept.length });`;

export const WORKER_FAULTS: readonly Fault[] = [
  {
    name: 'worker ends',
    allows: LOST,
    delaysChanges: true,
    inflict: (scene, random) => replace(scene, random, END),
  },
  {
    name: 'worker hangs',
    allows: LOST,
    delaysChanges: true,
    inflict: (scene, random) => replace(scene, random, HANG),
  },
  {
    name: 'worker out of memory',
    allows: LOST,
    delaysChanges: true,
    inflict: (scene, random) => replace(scene, random, FILL),
  },
  {
    name: 'worker count',
    allows: LEFT,
    delaysChanges: false,
    inflict: resize,
  },
  {
    name: 'main thread stalls',
    allows: [],
    delaysChanges: true,
    inflict: stall,
  },
];

/** Does it to one of the workers and waits for the thread that comes in its place. */
async function replace({ edge }: Scene, random: Random, deed: string): Promise<void> {
  const name = `proxy-${random.below(edge.workerCount)}`;
  const before = edge.threads.startsOf(name);
  edge.threads.inThread(name, `setImmediate(() => { ${deed} })`);
  await until(() => edge.threads.startsOf(name) > before, REPLACED_MS_MAX, `another ${name}`);
}

async function resize({ edge }: Scene, random: Random): Promise<void> {
  const usual = edge.workerCount;
  for (const count of [usual + 1 + random.below(2), 1, usual]) {
    const { exitCode, text, remark } = await workers(edge.place, count);
    if (exitCode !== 0) throw new Error(`${count} workers: ${text}${remark ?? ''}`);
    // Those that leave have so long for what they have.
    await delay(DRAIN_SECONDS * 1_000);
  }
}

async function stall({ edge }: Scene, random: Random): Promise<void> {
  const ms = STALL_MS + random.below(STALL_MS_MORE);
  edge.threads.inMain(`Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${ms})`);
  await delay(ms);
}
