// The metrics page: from the workers' counters in shared memory, and what the main thread counts
// itself, to Prometheus text. It reads and computes; it sends no message to a worker.
//
// A route's series exists while the route is in the plan. A worker never forgets a route's count,
// so a series that vanishes and comes back goes on where it was, and no counter goes backwards.

import type { Problem } from '#base/problem.ts';
import {
  LATENCY_BOUNDS_US,
  STATUS_CLASSES,
  type WorkerCounters,
} from '#protocol/worker-counters.ts';
import type { Durations } from './durations.ts';
import { LOOP_DELAY_BOUNDS_MS, type LoopDelays } from './loop-delay.ts';
import {
  byReason,
  counter,
  gauge,
  perWorker,
  summary,
  total,
  type WorkerMetrics,
} from './metric-families.ts';
import { type Family, formatFamily, type Sample } from './prometheus-text.ts';
import { workerMetrics } from './worker-metrics.ts';

export interface RouteLabels {
  readonly host: string;
  readonly path: string;
  readonly path_type: string;
  readonly namespace: string;
  readonly ingress: string;
}

/** One collection of the API server that is watched. */
export interface WatchMetrics {
  readonly kind: string;
  readonly isConnected: boolean;
  /** Null before the first contact. */
  readonly silentSeconds: number | null;
}

export interface ArenaMetrics {
  readonly usedBytes: number;
  readonly sizeBytes: number;
  readonly largestFreeBytes: number;
  /** The last change did not fit. */
  readonly isFull: boolean;
}

export interface MetricsInput {
  /** All that ever were, by number. */
  readonly workers: readonly WorkerMetrics[];
  readonly workerCount: number;
  /** By route key, as WorkerCounters gives it, for every route of the plan in force. */
  readonly routeLabels: ReadonlyMap<string, RouteLabels>;
  readonly problems: readonly Problem[];
  readonly ejectedEndpoints: number;
  readonly publishedGeneration: number;
  /** 0 if none is. */
  readonly pinnedGeneration: number;
  /** 0 if none is tried. */
  readonly canaryGeneration: number;
  readonly withdrawnCount: number;
  readonly publishDurations: Durations;
  readonly compileDurations: Durations;
  /** Empty where no cluster is watched. */
  readonly clusterWatches: readonly WatchMetrics[];
  readonly arena: ArenaMetrics;
  readonly process: { readonly residentBytes: number; readonly cpuSeconds: number };
  readonly mainThread: { readonly heapUsedBytes: number; readonly loopDelays: LoopDelays };
}

const NO_ROUTE: RouteLabels = { host: '', path: '', path_type: '', namespace: '', ingress: '' };
const NO_ROUTE_KEY = '0'.repeat(32);
const US_PER_SECOND = 1_000_000;
const MS_PER_SECOND = 1_000;

/** The whole page. */
export function renderMetrics(input: MetricsInput): string {
  return [
    requests(input),
    requestDurations(input),
    ...downstream(input),
    ...tls(input),
    ...upstream(input),
    ...workerMetrics(input),
    ...configuration(input),
    ...cluster(input),
    ...processBasics(input),
    ...mainThread(input),
  ]
    .map(formatFamily)
    .join('');
}

function requests({ workers, routeLabels }: MetricsInput): Family {
  const sums = new Map<string, number[]>();
  for (const { key, responses } of workers.flatMap(({ counters }) => counters.readRoutes())) {
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, [...responses]);
    else for (const [index, count] of responses.entries()) sum[index] = (sum[index] ?? 0) + count;
  }
  const samples: Sample[] = [];
  for (const [key, sum] of sums) {
    const labels = key === NO_ROUTE_KEY ? NO_ROUTE : routeLabels.get(key);
    if (labels === undefined) continue;
    for (const [index, status] of STATUS_CLASSES.entries()) {
      const value = sum[index] ?? 0;
      if (value > 0) samples.push({ labels: { ...labels, status }, value });
    }
  }
  return {
    name: 'headgate_requests_total',
    type: 'counter',
    help: 'Responses by route and status class. Empty labels: no route, or no slot for it.',
    samples,
  };
}

function requestDurations({ workers }: MetricsInput): Family {
  const counts = workers.map(({ counters }) => counters.readLatency());
  const countAt = (bucket: number): number => total(counts, ({ buckets }) => buckets[bucket] ?? 0);
  const samples: Sample[] = [];
  let cumulative = 0;
  for (const [bucket, boundUs] of LATENCY_BOUNDS_US.entries()) {
    cumulative += countAt(bucket);
    const labels = { le: String(boundUs / US_PER_SECOND) };
    samples.push({ suffix: '_bucket', labels, value: cumulative });
  }
  cumulative += countAt(LATENCY_BOUNDS_US.length);
  samples.push({ suffix: '_bucket', labels: { le: '+Inf' }, value: cumulative });
  const sumSeconds = total(counts, ({ sumUs }) => sumUs) / US_PER_SECOND;
  samples.push({ suffix: '_sum', value: sumSeconds }, { suffix: '_count', value: cumulative });
  return {
    name: 'headgate_request_duration_seconds',
    type: 'histogram',
    help: 'Time from the end of a request head to the end of its response.',
    samples,
  };
}

/** What a limit has kept out, by the limit. */
const DROPPED_CONNECTIONS = {
  total: 'connectionsOverTotalLimit',
  client: 'connectionsOverClientLimit',
  overload: 'connectionsShed',
} as const;
const LIMITED_REQUESTS = {
  in_flight: 'requestsOverInFlightLimit',
  connecting: 'requestsOverConnectingLimit',
} as const;

/** A refused certificate is one that OpenSSL does not take: the default one answers instead. */
const FAILED_HANDSHAKES = {
  handshake: 'tlsHandshakeFailures',
  limit: 'tlsHandshakesOverLimit',
  refused_certificate: 'tlsCertificateFailures',
} as const;

function downstream({ workers }: MetricsInput): Family[] {
  return [
    {
      name: 'headgate_downstream_connections_active',
      type: 'gauge',
      help: 'Client connections that are open.',
      samples: perWorker(workers, ({ counters }) => activeConnections(counters)),
    },
    counter(workers, 'downstreamConnections', 'downstream_connections', 'Connections accepted.'),
    counter(workers, 'requestsRefused', 'requests_refused', 'Requests refused as malformed.'),
    counter(
      workers,
      'requestsNotAdmitted',
      'requests_not_admitted',
      'Requests refused for want of a client certificate, or on the connection of another host.',
    ),
    counter(workers, 'http2Floods', 'http2_floods', 'HTTP/2 sessions closed as floods.'),
    counter(
      workers,
      'http2SessionErrors',
      'http2_session_errors',
      'HTTP/2 sessions closed because a client broke the protocol.',
    ),
    byReason(workers, DROPPED_CONNECTIONS, 'connections_dropped', 'Connections past a limit.'),
    counter(
      workers,
      'accessLogLinesDropped',
      'access_log_lines_dropped',
      'Lines of the access log for which there was no room.',
    ),
    counter(
      workers,
      'accessLogFailures',
      'access_log_failures',
      'Writes of the access log that failed.',
    ),
  ];
}

function tls({ workers }: MetricsInput): Family[] {
  return [
    counter(workers, 'tlsHandshakes', 'tls_handshakes', 'TLS handshakes that succeeded.'),
    counter(workers, 'tlsResumptions', 'tls_resumptions', 'Those that resumed a session.'),
    byReason(workers, FAILED_HANDSHAKES, 'tls_failures', 'What has gone wrong with TLS.'),
    counter(
      workers,
      'passthroughConnections',
      'passthrough_connections',
      'TLS connections passed through unopened.',
    ),
    counter(
      workers,
      'passthroughFailures',
      'passthrough_failures',
      'TLS connections passed through for which no endpoint could be had.',
    ),
  ];
}

// Opened is read after closed, so that a connection that closes in between makes it no less than 0.
function activeConnections(counters: WorkerCounters): number {
  const closed = counters.read('downstreamConnectionsClosed');
  return counters.read('downstreamConnections') - closed;
}

function upstream({ workers, ejectedEndpoints }: MetricsInput): Family[] {
  return [
    counter(workers, 'upstreamConnects', 'upstream_connects', 'Connections made to endpoints.'),
    counter(
      workers,
      'upstreamConnectFailures',
      'upstream_connect_failures',
      'Connections to endpoints that failed.',
    ),
    counter(
      workers,
      'upstreamTlsFailures',
      'upstream_tls_failures',
      'TLS handshakes with endpoints that failed; the access log says why.',
    ),
    counter(
      workers,
      'upstreamRefusals',
      'upstream_refusals',
      'Requests that endpoints did not look at, such as when they leave.',
    ),
    counter(
      workers,
      'upstreamReuses',
      'upstream_reuses',
      'Requests sent on a connection that was already open.',
    ),
    counter(
      workers,
      'upstreamProtocolErrors',
      'upstream_protocol_errors',
      'Responses that broke HTTP or ended early.',
    ),
    counter(workers, 'upstreamTimeouts', 'upstream_timeouts', 'Requests answered too late.'),
    counter(workers, 'upstreamRetries', 'upstream_retries', 'Requests sent to an endpoint again.'),
    counter(
      workers,
      'upstreamRetriesDenied',
      'upstream_retries_denied',
      'Requests not sent again because the retry budget was spent.',
    ),
    byReason(workers, LIMITED_REQUESTS, 'requests_limited', 'Requests answered 503 past a limit.'),
    counter(workers, 'endpointEjections', 'endpoint_ejections', 'Ejections of failing endpoints.'),
    gauge('endpoints_ejected', 'Endpoints that are ejected, on this node.', ejectedEndpoints),
    counter(
      workers,
      'descriptorShortages',
      'descriptor_shortages',
      'Connections to endpoints for which the machine had no descriptor, port or memory.',
    ),
  ];
}

function configuration(input: MetricsInput): Family[] {
  const byReason = new Map<string, number>();
  for (const { reason } of input.problems) byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
  return [
    summary('publish', 'Time to link, verify and publish a snapshot.', input.publishDurations),
    summary('compile', 'Time to compile changed virtual hosts.', input.compileDurations),
    {
      name: 'headgate_problems',
      type: 'gauge',
      help: 'Mistakes in the configuration that stand, by reason.',
      samples: [...byReason]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([reason, value]) => ({ labels: { reason }, value })),
    },
    gauge('arena_used_bytes', 'Shared memory taken by snapshots.', input.arena.usedBytes),
    gauge('arena_size_bytes', 'Shared memory reserved for snapshots.', input.arena.sizeBytes),
    gauge(
      'arena_largest_free_bytes',
      'The largest part of a snapshot that would find room.',
      input.arena.largestFreeBytes,
    ),
    gauge(
      'arena_full',
      '1 while the configuration does not fit, and the one before stays in force.',
      Number(input.arena.isFull),
    ),
  ];
}

function cluster({ clusterWatches }: MetricsInput): Family[] {
  const byKind = Map.groupBy(clusterWatches, ({ kind }) => kind);
  if (byKind.size === 0) return [];
  const samplesOf = (read: (watches: readonly WatchMetrics[]) => number | null): Sample[] =>
    [...byKind].flatMap(([kind, watches]) => {
      const value = read(watches);
      return value === null ? [] : [{ labels: { kind }, value }];
    });
  return [
    {
      name: 'headgate_kubernetes_connected',
      type: 'gauge',
      help: '1 while the API server answers for every watch of the kind.',
      samples: samplesOf((watches) => Number(watches.every(({ isConnected }) => isConnected))),
    },
    {
      name: 'headgate_kubernetes_silent_seconds',
      type: 'gauge',
      help: 'Time since the API server last sent something, over the watches of the kind at most.',
      samples: samplesOf(longestSilence),
    },
  ];
}

function longestSilence(watches: readonly WatchMetrics[]): number | null {
  const silences = watches.map(({ silentSeconds }) => silentSeconds);
  const known = silences.filter((seconds) => seconds !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function processBasics({ process }: MetricsInput): Family[] {
  return [
    {
      name: 'process_cpu_seconds_total',
      type: 'counter',
      help: 'User and system CPU time of the whole process.',
      samples: [{ value: process.cpuSeconds }],
    },
    {
      name: 'process_resident_memory_bytes',
      type: 'gauge',
      help: 'Resident memory of the whole process.',
      samples: [{ value: process.residentBytes }],
    },
  ];
}

function mainThread({ mainThread: { heapUsedBytes, loopDelays } }: MetricsInput): Family[] {
  const samples: Sample[] = [];
  let cumulative = 0;
  for (const [bucket, count] of loopDelays.counts.entries()) {
    cumulative += count;
    const boundMs = LOOP_DELAY_BOUNDS_MS[bucket];
    const le = boundMs === undefined ? '+Inf' : String(boundMs / MS_PER_SECOND);
    samples.push({ suffix: '_bucket', labels: { le }, value: cumulative });
  }
  samples.push(
    { suffix: '_sum', value: loopDelays.sumMs / MS_PER_SECOND },
    { suffix: '_count', value: cumulative },
  );
  return [
    gauge('main_heap_used_bytes', 'Heap of the thread that makes route tables.', heapUsedBytes),
    {
      name: 'headgate_main_loop_delay_seconds',
      type: 'histogram',
      help: 'How late the event loop of that thread came to what was due.',
      samples,
    },
  ];
}
