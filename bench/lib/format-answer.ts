// How an answer reads beside its goal, in the terminal and in the report.

import type { Spread } from './statistics.ts';

export type Verdict = 'met' | 'missed' | 'not measured' | '';

export function formatValue(
  { median, min, max }: Spread,
  digits: number,
): { readonly median: string; readonly range: string } {
  if (Number.isNaN(median)) return { median: '-', range: '-' };
  const range = `${min.toFixed(digits)}..${max.toFixed(digits)}`;
  return { median: median.toFixed(digits), range };
}

export function formatGoal(goal: number | null, digits: number): string {
  return goal === null ? '-' : `<= ${goal.toFixed(digits)}`;
}

export function judge(value: number, goal: number | null): Verdict {
  if (Number.isNaN(value)) return 'not measured';
  if (goal === null) return '';
  return value <= goal ? 'met' : 'missed';
}
