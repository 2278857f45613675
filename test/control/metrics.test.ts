import { describe, expect, it } from 'vitest';
import { contentKey, formatKey } from '#base/hash.ts';
import { Durations } from '#control/durations.ts';
import { type MetricsInput, type RouteLabels, renderMetrics } from '#control/metrics.ts';
import { WorkerCounters } from '#protocol/worker-counters.ts';

const labels: RouteLabels = {
  host: 'shop.example',
  path: '/a',
  path_type: 'Prefix',
  namespace: 'shop',
  ingress: 'web',
};
const routeKey = contentKey('shop.example\0Prefix\0/a');
const SHOP = 'host="shop.example",path="/a",path_type="Prefix",namespace="shop",ingress="web"';
const NO_RESTARTS = { failed: 0, hung: 0, behind: 0, memory: 0 };
const NONE = 'host="",path="",path_type="",namespace="",ingress=""';

function page(counters: readonly WorkerCounters[], input: Partial<MetricsInput> = {}): string[] {
  const text = renderMetrics({
    workers: counters.map((own) => ({ counters: own, generation: 7, restarts: NO_RESTARTS })),
    workerCount: counters.length,
    routeLabels: new Map([[formatKey(routeKey), labels]]),
    problems: [],
    ejectedEndpoints: 0,
    publishedGeneration: 7,
    pinnedGeneration: 0,
    canaryGeneration: 0,
    withdrawnCount: 0,
    publishDurations: new Durations(),
    compileDurations: new Durations(),
    clusterWatches: [],
    arena: { usedBytes: 4_096, sizeBytes: 65_536, largestFreeBytes: 1_024, isFull: true },
    process: { residentBytes: 1_000_000, cpuSeconds: 1.5 },
    mainThread: {
      heapUsedBytes: 20_000_000,
      loopDelays: { counts: [7, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1], sumMs: 1_515 },
    },
    ...input,
  });
  return text.split('\n');
}

describe('requests', () => {
  it('sums the workers by route and status class', () => {
    const [first, second] = [WorkerCounters.create(), WorkerCounters.create()];
    second.claimRoute(contentKey('another'));
    for (const [counters, statuses] of [
      [first, [200, 204, 503]],
      [second, [200, 301]],
    ] as const) {
      const slot = counters.claimRoute(routeKey);
      for (const status of statuses) counters.recordResponse(slot, status);
    }
    const lines = page([first, second]).filter((line) => line.includes('shop.example'));
    expect(lines).toEqual([
      `headgate_requests_total{${SHOP},status="2xx"} 3`,
      `headgate_requests_total{${SHOP},status="3xx"} 1`,
      `headgate_requests_total{${SHOP},status="5xx"} 1`,
    ]);
  });

  it('gives requests without a route empty labels', () => {
    const counters = WorkerCounters.create();
    counters.recordResponse(0, 404);
    expect(page([counters])).toContain(`headgate_requests_total{${NONE},status="4xx"} 1`);
  });

  it('leaves out a route that left the plan, and goes on counting when it is back', () => {
    const counters = WorkerCounters.create();
    const slot = counters.claimRoute(routeKey);
    counters.recordResponse(slot, 200);
    const without = page([counters], { routeLabels: new Map() });
    expect(without.filter((line) => line.startsWith('headgate_requests_total'))).toEqual([]);
    counters.recordResponse(slot, 200);
    expect(page([counters])).toContain(`headgate_requests_total{${SHOP},status="2xx"} 2`);
  });
});

describe('durations', () => {
  it('are cumulative buckets in seconds', () => {
    const counters = WorkerCounters.create();
    for (const durationUs of [200, 300, 20_000_000]) counters.recordLatency(durationUs);
    const lines = page([counters]).filter((line) => line.includes('request_duration'));
    expect(lines).toContain('headgate_request_duration_seconds_bucket{le="0.00025"} 1');
    expect(lines).toContain('headgate_request_duration_seconds_bucket{le="0.0005"} 2');
    expect(lines).toContain('headgate_request_duration_seconds_bucket{le="10"} 2');
    expect(lines).toContain('headgate_request_duration_seconds_bucket{le="+Inf"} 3');
    expect(lines).toContain('headgate_request_duration_seconds_sum 20.0005');
    expect(lines).toContain('headgate_request_duration_seconds_count 3');
  });

  it('of the main thread are a sum and a count', () => {
    const compileDurations = new Durations();
    compileDurations.record(250);
    compileDurations.record(500);
    const lines = page([], { compileDurations });
    expect(lines).toContain('headgate_compile_duration_seconds_sum 0.75');
    expect(lines).toContain('headgate_compile_duration_seconds_count 2');
  });
});

describe('gauges and counters', () => {
  it('count connections as opened less closed, per worker', () => {
    const [first, second] = [WorkerCounters.create(), WorkerCounters.create()];
    first.increment('downstreamConnections');
    second.increment('downstreamConnections');
    second.increment('downstreamConnectionsClosed');
    const lines = page([first, second]);
    expect(lines).toContain('headgate_downstream_connections_active{worker="0"} 1');
    expect(lines).toContain('headgate_downstream_connections_active{worker="1"} 0');
    expect(lines).toContain('headgate_downstream_connections_total{worker="1"} 1');
  });

  it('give the generation of each worker that runs', () => {
    const workers = [3, null].map((generation) => ({
      counters: WorkerCounters.create(),
      generation,
      restarts: { ...NO_RESTARTS, hung: 1 },
    }));
    const lines = page([], { workers });
    expect(lines).toContain('headgate_snapshot_generation{worker="0"} 3');
    expect(lines.join('\n')).not.toContain('headgate_snapshot_generation{worker="1"}');
    expect(lines).toContain('headgate_worker_restarts_total{worker="1",reason="hung"} 1');
    expect(lines).toContain('headgate_published_generation 7');
    expect(page([WorkerCounters.create()])).toContain('headgate_workers 1');
    expect(lines).toContain('headgate_worker_generation_lag{worker="0"} 4');
  });

  it('count what a limit kept out by the limit, and the endpoints that are ejected', () => {
    const counters = WorkerCounters.create();
    counters.increment('connectionsShed');
    counters.increment('requestsOverInFlightLimit');
    const lines = page([counters], { ejectedEndpoints: 3 });
    for (const line of [
      'headgate_connections_dropped_total{worker="0",reason="total"} 0',
      'headgate_connections_dropped_total{worker="0",reason="client"} 0',
      'headgate_connections_dropped_total{worker="0",reason="overload"} 1',
      'headgate_requests_limited_total{worker="0",reason="in_flight"} 1',
      'headgate_requests_limited_total{worker="0",reason="connecting"} 0',
      'headgate_endpoints_ejected 3',
    ]) {
      expect(lines).toContain(line);
    }
  });

  it('tell how the main thread fares', () => {
    const lines = page([]).filter((line) => line.startsWith('headgate_main_'));
    expect(lines).toEqual(
      expect.arrayContaining([
        'headgate_main_heap_used_bytes 20000000',
        'headgate_main_loop_delay_seconds_bucket{le="0.005"} 7',
        'headgate_main_loop_delay_seconds_bucket{le="0.02"} 8',
        'headgate_main_loop_delay_seconds_bucket{le="1"} 8',
        'headgate_main_loop_delay_seconds_bucket{le="+Inf"} 9',
        'headgate_main_loop_delay_seconds_sum 1.515',
        'headgate_main_loop_delay_seconds_count 9',
      ]),
    );
  });

  it('count problems by reason', () => {
    const problem = { object: null, field: '', message: '', position: null };
    const problems = ['InvalidPath', 'Conflict', 'InvalidPath'].map((reason) => ({
      ...problem,
      reason,
    }));
    const lines = page([], { problems }).filter((line) => line.startsWith('headgate_problems{'));
    expect(lines).toEqual([
      'headgate_problems{reason="Conflict"} 1',
      'headgate_problems{reason="InvalidPath"} 2',
    ]);
  });
});

it('describes every family once, before its samples, in base units', () => {
  const lines = page([WorkerCounters.create()]);
  const described = lines.flatMap((line) => /^# TYPE (\S+) /.exec(line)?.[1] ?? []);
  expect(new Set(described).size).toBe(described.length);
  expect(described.length).toBeGreaterThan(15);
  for (const line of lines.filter((text) => text !== '' && !text.startsWith('#'))) {
    expect(line).toMatch(/^[a-z0-9_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.e+-]+$/);
    expect(described.some((name) => line.startsWith(name))).toBe(true);
  }
});

describe('the watches of a cluster', () => {
  const watch = (kind: string, isConnected: boolean, silentSeconds: number | null) => ({
    kind,
    isConnected,
    silentSeconds,
  });

  it('are told by kind: the worst of them', () => {
    const clusterWatches = [
      watch('Ingress', true, 1),
      watch('Ingress', false, 70),
      watch('Service', true, 2),
      watch('Secret', false, null),
    ];
    expect(page([], { clusterWatches })).toEqual(
      expect.arrayContaining([
        'headgate_kubernetes_connected{kind="Ingress"} 0',
        'headgate_kubernetes_connected{kind="Service"} 1',
        'headgate_kubernetes_connected{kind="Secret"} 0',
        'headgate_kubernetes_silent_seconds{kind="Ingress"} 70',
        'headgate_kubernetes_silent_seconds{kind="Service"} 2',
      ]),
    );
  });

  it('are not told of where manifests are served', () => {
    expect(page([]).join()).not.toContain('headgate_kubernetes');
  });
});
