// The fault of whoever writes an Ingress: it leads where nobody answers. Headgate tries it on one
// worker, finds it bad and withdraws it; from then on it is as if it had never been written.

import { setTimeout as delay } from 'node:timers/promises';
import { BAD_SERVICE, TRIAL_HOST } from './cluster.ts';
import { type Fault, LEFT } from './fault.ts';
import type { Scene } from './scene.ts';

/** Far longer than it takes to see that every answer is a failure. */
const TRIAL = ['--canary-seconds', '600'];
const WITHDRAWN_MS_MAX = 60_000;
const HELD_MS = 2_000;

export const BAD_ROUTES: Fault = {
  name: 'bad routes on trial',
  // The option needs a process of its own.
  allows: LEFT,
  delaysChanges: true,
  async inflict(scene) {
    scene.isFrozen = true;
    try {
      await scene.edge.upgrade(TRIAL);
      await tryBadRoutes(scene).finally(() => scene.edge.upgrade());
    } finally {
      scene.isFrozen = false;
    }
  },
};

async function tryBadRoutes({ cluster, edge, model }: Scene): Promise<void> {
  const trial = model.hosts.get(TRIAL_HOST);
  const good = trial?.last ?? null;
  // What one worker serves others do not.
  model.rule(false);
  cluster.route(TRIAL_HOST, BAD_SERVICE);
  try {
    await edge.headgate.logged('generation withdrawn', WITHDRAWN_MS_MAX);
    model.rule(true);
    trial?.tell(good, performance.now());
    trial?.confirm(performance.now());
    await delay(HELD_MS);
  } finally {
    cluster.route(TRIAL_HOST, good);
  }
}
