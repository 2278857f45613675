// What a run has saved, as the report reads it: whatever the file holds, the types are as said.

import type { Axis } from './chart-scale.ts';
import type { LineChart, Series } from './line-chart.ts';
import type { Answer } from './question.ts';
import type { Table } from './table.ts';

export interface SavedResult {
  readonly question: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly command: string;
  readonly machine: string;
  readonly versions: string;
  readonly setting: string;
  readonly tables: readonly Table[];
  readonly charts: readonly LineChart[];
  readonly notes: readonly string[];
  readonly answers: readonly Answer[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Null for what is not JSON or has no tables, as benches have that print only for themselves. */
export function readSavedResult(json: string): SavedResult | null {
  const saved = fieldsOf(parse(json));
  if (!Array.isArray(saved.tables)) return null;
  return {
    question: textOf(saved.question),
    time: textOf(saved.time),
    command: textOf(saved.command),
    machine: textOf(saved.machine),
    versions: textOf(saved.versions),
    setting: textOf(saved.setting),
    tables: listOf(saved.tables, tableOf),
    charts: listOf(saved.charts, chartOf),
    notes: listOf(saved.notes, textOf),
    answers: listOf(saved.answers, answerOf),
  };
}

/** The newest of each question, by name. */
export function newestOfEach(results: readonly SavedResult[]): SavedResult[] {
  const newest = new Map<string, SavedResult>();
  for (const result of results) {
    if (result.time >= (newest.get(result.question)?.time ?? '')) {
      newest.set(result.question, result);
    }
  }
  return [...newest.values()].toSorted((a, b) => (a.question < b.question ? -1 : 1));
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

function tableOf(value: unknown): Table {
  const { title, rows } = fieldsOf(value);
  return { title: textOf(title), rows: listOf(rows, (row) => listOf(row, textOf)) };
}

function chartOf(value: unknown): LineChart {
  const { title, x, y, series } = fieldsOf(value);
  return { title: textOf(title), x: axisOf(x), y: axisOf(y), series: listOf(series, seriesOf) };
}

function axisOf(value: unknown): Axis {
  const { label, scale } = fieldsOf(value);
  return { label: textOf(label), scale: scale === 'log' ? 'log' : 'linear' };
}

function seriesOf(value: unknown): Series {
  const { name, points } = fieldsOf(value);
  const pairs = listOf(points, (point) => listOf(point, numberOf));
  return {
    name: textOf(name),
    points: pairs.map(([x = Number.NaN, y = Number.NaN]) => [x, y] as const),
  };
}

function answerOf(value: unknown): Answer {
  const { text, value: spread, digits, goal } = fieldsOf(value);
  const { median, min, max } = fieldsOf(spread);
  return {
    text: textOf(text),
    value: { median: numberOf(median), min: numberOf(min), max: numberOf(max) },
    digits: Math.min(9, Math.max(0, Math.trunc(numberOf(digits)) || 0)),
    goal: goal === null || goal === undefined ? null : numberOf(goal),
  };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function listOf<T>(value: unknown, read: (item: unknown) => T): T[] {
  return Array.isArray(value) ? value.map(read) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** What is not finite is saved as text. */
function numberOf(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
}
