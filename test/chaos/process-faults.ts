// Faults of the whole process: replaced by another one, failed, stopped for a while, its clock set,
// and its routes taken back by whoever operates it.

import { setTimeout as delay } from 'node:timers/promises';
import { rollback } from '../../src/commands/generations.ts';
import type { Report } from '../../src/commands/report.ts';
import type { Random } from '../support/seeded-random.ts';
import { PROBE_HOST } from './cluster.ts';
import { type Fault, LEFT, LOST } from './fault.ts';
import { changeProbe, probeAnswers, type Scene } from './scene.ts';

const STOP_MS = 2_000;
const HELD_MS = 500;
const JUMPS_MS = [-864_000_000, -3_600_000, 3_600_000, 864_000_000];

export const PROCESS_FAULTS: readonly Fault[] = [
  {
    name: 'upgrade',
    allows: LEFT,
    delaysChanges: true,
    inflict: ({ edge }) => edge.upgrade(),
  },
  {
    name: 'main thread fails',
    allows: [...LOST, 'refused'],
    delaysChanges: true,
    inflict: fail,
  },
  {
    name: 'process stopped',
    allows: [],
    delaysChanges: true,
    inflict: stop,
  },
  {
    name: 'clock set',
    allows: [],
    delaysChanges: false,
    inflict: setClock,
  },
  {
    name: 'rollback',
    allows: [],
    delaysChanges: true,
    inflict: rollBack,
  },
];

async function fail({ edge }: Scene): Promise<void> {
  const code = await edge.crash();
  await edge.restart();
  if (code !== 1) throw new Error(`the process that failed ended with ${code}`);
}

async function stop({ edge: { headgate } }: Scene): Promise<void> {
  headgate.signal('SIGSTOP');
  await delay(STOP_MS).finally(() => headgate.signal('SIGCONT'));
}

/** The wall clock of every thread; timers go by another one, as they do when a clock is set. */
async function setClock({ edge }: Scene, random: Random): Promise<void> {
  const expression = `{
    const clock = (globalThis.wallClock ??= { Real: Date, now: Date.now, offset: 0 });
    clock.offset += ${random.pick(JUMPS_MS)};
    const now = () => clock.now() + clock.offset;
    globalThis.Date = class extends clock.Real {
      constructor(...parts) {
        super(...(parts.length === 0 ? [now()] : parts));
      }
    };
    globalThis.Date.now = now;
  }`;
  edge.threads.inMain(expression);
  for (let index = 0; index < edge.workerCount; index += 1) {
    edge.threads.inThread(`proxy-${index}`, expression);
  }
}

/** To the routes before the last change, for a while, and on again. */
async function rollBack(scene: Scene): Promise<void> {
  const { cluster, edge, model } = scene;
  const probe = model.hosts.get(PROBE_HOST);
  scene.isFrozen = true;
  try {
    // Two changes that nothing else comes between, each a generation of its own.
    await changeProbe(scene);
    const before = probe?.last ?? null;
    await changeProbe(scene);
    const after = probe?.last ?? null;
    probe?.tell(before, performance.now());
    expectDone(await rollback(edge.place, 'before'));
    probe?.confirm(performance.now());
    await probeAnswers(scene);
    await delay(HELD_MS);
    probe?.tell(after, performance.now());
    expectDone(await rollback(edge.place, 'resume'));
    probe?.confirm(performance.now());
    await probeAnswers(scene);
  } finally {
    scene.isFrozen = false;
    cluster.routeProbe();
  }
}

function expectDone({ exitCode, text, remark }: Report): void {
  if (exitCode !== 0) throw new Error(`${text}${remark ?? ''}`);
}
