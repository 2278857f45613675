// The table of a comparison: a row per peer, and the columns that the question asks for.

import { cpuUsPerRequest, type Figure, isNginx, type PeerResult, spreadOf } from './peer-result.ts';
import type { Spread } from './statistics.ts';
import type { Table } from './table.ts';

export interface Column {
  readonly heading: string;
  readonly cell: (result: PeerResult, all: readonly PeerResult[]) => string;
}

/** Median and range of one figure. */
export function spreadColumn(heading: string, figure: Figure, digits: number): Column {
  return { heading, cell: (result) => formatSpread(spreadOf(result, figure), digits) };
}

export function medianColumn(heading: string, figure: Figure, digits: number): Column {
  return { heading, cell: (result) => spreadOf(result, figure).median.toFixed(digits) };
}

/** The median as a multiple of nginx's. */
export function overNginxColumn(heading: string, figure: Figure): Column {
  return {
    heading,
    cell: (result, all) => {
      const nginx = all.find(isNginx);
      if (nginx === undefined) return '-';
      const ratio = spreadOf(result, figure).median / spreadOf(nginx, figure).median;
      return Number.isFinite(ratio) ? ratio.toFixed(2) : '-';
    },
  };
}

/** In milliseconds. */
export const LATENCY_COLUMNS: readonly Column[] = [
  medianColumn('p50 ms', ({ p50Ms }) => p50Ms, 2),
  medianColumn('p99 ms', ({ p99Ms }) => p99Ms, 2),
  medianColumn('p99.9 ms', ({ p999Ms }) => p999Ms, 2),
];

export const ERRORS_COLUMN: Column = {
  heading: 'errors',
  cell: ({ measurements }) => String(measurements.reduce((sum, { errors }) => sum + errors, 0)),
};

export const BUSY_COLUMN: Column = {
  heading: 'core busy',
  cell: (result) => `${(spreadOf(result, ({ coresBusy }) => coresBusy).median * 100).toFixed(0)}%`,
};

/** What a question about the cost of one `unit` shows. */
export function costColumns(unit: string): readonly Column[] {
  return [
    spreadColumn(`${unit}s/s`, ({ requestsPerSecond }) => requestsPerSecond, 0),
    ...LATENCY_COLUMNS,
    ERRORS_COLUMN,
    spreadColumn(`CPU us/${unit}`, cpuUsPerRequest, 1),
    BUSY_COLUMN,
    overNginxColumn('CPU / nginx', cpuUsPerRequest),
  ];
}

export function reportLoad(
  results: readonly PeerResult[],
  columns: readonly Column[],
  title = '',
): Table {
  const heading = ['proxy', ...columns.map((column) => column.heading)];
  const rows = results.map((result) => [
    `${result.name} ${result.version}`.trimEnd(),
    ...columns.map(({ cell }) => cell(result, results)),
  ]);
  return { title, rows: [heading, ...rows] };
}

function formatSpread({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}..${max.toFixed(digits)})`;
}
