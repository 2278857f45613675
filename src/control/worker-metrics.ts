// The metrics about the workers as threads: which generation each serves, and how often one ended.
// What they count themselves is not theirs to tell.

import { gauge, perWorker } from './metric-families.ts';
import type { MetricsInput } from './metrics.ts';
import type { Family } from './prometheus-text.ts';
import { END_REASONS } from './worker-slot.ts';

export function workerMetrics({
  workers,
  workerCount,
  publishedGeneration,
  pinnedGeneration,
  canaryGeneration,
  withdrawnCount,
}: MetricsInput): Family[] {
  return [
    {
      name: 'headgate_snapshot_generation',
      type: 'gauge',
      help: 'Generation of the snapshot that the worker serves; none while it is down.',
      samples: perWorker(workers, ({ generation }) => generation),
    },
    {
      name: 'headgate_worker_generation_lag',
      type: 'gauge',
      help: 'Generations that the worker is behind the one published last.',
      samples: perWorker(workers, ({ generation }) =>
        generation === null ? null : Math.max(0, publishedGeneration - generation),
      ),
    },
    gauge(
      'published_generation',
      'Generation of the snapshot published last.',
      publishedGeneration,
    ),
    gauge(
      'pinned_generation',
      'Generation whose routes a rollback keeps in force; 0 for none.',
      pinnedGeneration,
    ),
    gauge(
      'canary_generation',
      'Generation that one worker tries before the others; 0 for none.',
      canaryGeneration,
    ),
    {
      name: 'headgate_generations_withdrawn_total',
      type: 'counter',
      help: 'Generations that one worker tried and the others did not get.',
      samples: [{ value: withdrawnCount }],
    },
    gauge('workers', 'Workers that should run.', workerCount),
    {
      name: 'headgate_worker_restarts_total',
      type: 'counter',
      help: 'Worker threads that ended and were started again.',
      samples: END_REASONS.flatMap((reason) =>
        perWorker(workers, ({ restarts }) => restarts[reason], { reason }),
      ),
    },
  ];
}
