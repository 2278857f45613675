// Faults of what Headgate depends on: the API server, the pods, the disk of its log.

import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../support/seeded-random.ts';
import type { Fault } from './fault.ts';
import type { Trouble } from './pod.ts';
import type { Scene } from './scene.ts';

const OUTAGE_MS = 1_000;
const OUTAGE_MS_MORE = 5_000;
const CRASH_MS = 1_500;
const TROUBLES = 3;
/** In which as many requests reach any pod. */
const TROUBLE_MS = 1_000;

export const WORLD_FAULTS: readonly Fault[] = [
  { name: 'API server away', allows: [], delaysChanges: true, inflict: outage },
  { name: 'API server forgets', allows: [], delaysChanges: true, inflict: forget },
  { name: 'API server fails', allows: [], delaysChanges: true, inflict: failRequests },
  {
    name: 'pod crashes',
    // A POST that the pod had not read yet is lost with it; a GET is asked of another one.
    allows: ['status 502'],
    covers: ({ id }) => id.endsWith('-post'),
    delaysChanges: false,
    inflict: crashPod,
  },
  // What else pods break is known to the ledger request by request.
  { name: 'pods reset', allows: [], delaysChanges: false, inflict: trouble('reset') },
  { name: 'pods cut answers', allows: [], delaysChanges: false, inflict: trouble('cut') },
  { name: 'pods stall', allows: [], delaysChanges: false, inflict: trouble('stall') },
];

/** Changes go on meanwhile; when it is back it may remember none of them. */
async function outage({ cluster: { server } }: Scene, random: Random): Promise<void> {
  await server.suspend();
  await delay(OUTAGE_MS + random.below(OUTAGE_MS_MORE));
  if (random.below(2) === 0) server.compact();
  await server.resume();
}

/** Watches end with 410, and what they ended at is too old to go on from. */
async function forget({ cluster: { server } }: Scene): Promise<void> {
  server.compact();
  using _expired = server.inject({ do: 'expire' }, { times: 3 });
  await delay(TROUBLE_MS);
  server.dropConnections();
}

/** Lists and watches are answered with errors, and events are cut off. */
async function failRequests({ cluster: { server } }: Scene, random: Random): Promise<void> {
  using _cut = server.inject({ do: 'cut' }, { times: 2 });
  const code = random.pick([429, 500, 503]);
  using _failed = server.inject({ do: 'answer', code }, { times: 6 });
  server.dropConnections();
  await delay(OUTAGE_MS);
}

async function crashPod({ cluster }: Scene, random: Random): Promise<void> {
  const pod = cluster.anyPod(random);
  await pod.crash();
  await delay(CRASH_MS);
  await pod.start();
}

function trouble(kind: Trouble): Fault['inflict'] {
  return async ({ cluster }, random) => {
    const pod = cluster.anyPod(random);
    pod.trouble(kind, 1 + random.below(TROUBLES));
    await delay(TROUBLE_MS);
    pod.trouble(kind, 0);
  };
}
