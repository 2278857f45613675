// The families of metrics that need no more than a counter, a number or a pair of sums: what is
// read, under which name, with which labels.

import type { CounterName, WorkerCounters } from '#protocol/worker-counters.ts';
import type { Durations } from './durations.ts';
import type { Family, Sample } from './prometheus-text.ts';
import type { EndReason } from './worker-slot.ts';

export interface WorkerMetrics {
  readonly counters: WorkerCounters;
  /** The generation that the worker has adopted; null while no thread runs as it. */
  readonly generation: number | null;
  readonly restarts: Readonly<Record<EndReason, number>>;
}

export function counter(
  workers: readonly WorkerMetrics[],
  counterName: CounterName,
  name: string,
  help: string,
): Family {
  const samples = perWorker(workers, ({ counters }) => counters.read(counterName));
  return { name: `headgate_${name}_total`, type: 'counter', help, samples };
}

export function byReason(
  workers: readonly WorkerMetrics[],
  counterNames: Readonly<Record<string, CounterName>>,
  name: string,
  help: string,
): Family {
  const samples = Object.entries(counterNames).flatMap(([reason, counterName]) =>
    perWorker(workers, ({ counters }) => counters.read(counterName), { reason }),
  );
  return { name: `headgate_${name}_total`, type: 'counter', help, samples };
}

export function gauge(name: string, help: string, value: number): Family {
  return { name: `headgate_${name}`, type: 'gauge', help, samples: [{ value }] };
}

export function summary(name: string, help: string, durations: Durations): Family {
  return {
    name: `headgate_${name}_duration_seconds`,
    type: 'summary',
    help,
    samples: [
      { suffix: '_sum', value: durations.sumSeconds },
      { suffix: '_count', value: durations.count },
    ],
  };
}

export function perWorker(
  workers: readonly WorkerMetrics[],
  read: (worker: WorkerMetrics) => number | null,
  labels: Readonly<Record<string, string>> = {},
): Sample[] {
  return workers.flatMap((worker, index) => {
    const value = read(worker);
    return value === null ? [] : [{ labels: { worker: String(index), ...labels }, value }];
  });
}

export function total<T>(items: readonly T[], read: (item: T) => number): number {
  return items.reduce((sum, item) => sum + read(item), 0);
}
