// The table of a comparison, and the ratios that are its answer.

import type { Measurement } from './run-load.ts';
import { type Spread, spread } from './statistics.ts';
import { formatTable } from './table.ts';

export interface PeerResult {
  readonly name: string;
  readonly kind: 'headgate' | 'native' | 'node';
  readonly version: string;
  /** One per round, in order. */
  readonly measurements: readonly Measurement[];
}

const HEADING = [
  'proxy',
  'requests/s',
  'p50 ms',
  'p99 ms',
  'p99.9 ms',
  'errors',
  'CPU us/request',
  'core busy',
  'CPU / nginx',
  'best Node / CPU',
];

export function reportLoad(results: readonly PeerResult[]): string {
  const cpuUs = (result: PeerResult) => of(result, 'cpuUsPerRequest').median;
  const nginxUs = results.filter(({ name }) => name === 'nginx').map(cpuUs)[0] ?? Number.NaN;
  const bestNodeUs = Math.min(...results.filter(({ kind }) => kind === 'node').map(cpuUs));
  const rows = results.map((result) => [
    `${result.name} ${result.version}`,
    formatSpread(of(result, 'requestsPerSecond'), 0),
    of(result, 'p50Ms').median.toFixed(1),
    of(result, 'p99Ms').median.toFixed(1),
    of(result, 'p999Ms').median.toFixed(1),
    String(result.measurements.reduce((sum, { errors }) => sum + errors, 0)),
    formatSpread(of(result, 'cpuUsPerRequest'), 1),
    `${(of(result, 'coresBusy').median * 100).toFixed(0)}%`,
    formatRatio(cpuUs(result) / nginxUs),
    formatRatio(bestNodeUs / cpuUs(result)),
  ]);
  return formatTable([HEADING, ...rows]);
}

function of(result: PeerResult, field: keyof Measurement): Spread {
  return spread(result.measurements.map((measurement) => measurement[field]));
}

function formatSpread({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}..${max.toFixed(digits)})`;
}

/** Two digits; a dash where one side was not measured. */
function formatRatio(ratio: number): string {
  return Number.isFinite(ratio) ? ratio.toFixed(2) : '-';
}
