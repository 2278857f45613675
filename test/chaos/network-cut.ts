// The fault of the network between Headgate and one of two pods of a service: requests that are on
// their way to it wait in vain, until Headgate asks it no more; and then again.

import { setTimeout as delay } from 'node:timers/promises';
import { FAR_HOST, FAR_POD, FAR_SERVICE } from './cluster.ts';
import type { FarNetwork } from './far-network.ts';
import type { Fault } from './fault.ts';
import { until, whoAnswers } from './scene.ts';

const CUT_MS = 2_000;
const CUT_MS_MORE = 6_000;
/** Longer than the pod is left alone for having failed. */
const BACK_MS_MAX = 90_000;

export function networkCut(network: FarNetwork): Fault {
  return {
    name: 'network cut',
    // A process that leaves meanwhile waits for no answer longer than its drain time.
    allows: ['status 502', 'status 504', 'broken', 'truncated'],
    covers: ({ host }) => host === FAR_HOST,
    delaysChanges: false,
    async inflict({ edge }, random) {
      await network.cut();
      await delay(CUT_MS + random.below(CUT_MS_MORE)).finally(() => network.mend());
      const isBack = async () => (await whoAnswers(edge, FAR_HOST)) === `${FAR_SERVICE}/${FAR_POD}`;
      await until(isBack, BACK_MS_MAX, 'the pod behind the cut');
    },
  };
}
