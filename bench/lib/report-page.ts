// The report as one page of HTML that needs nothing else: the goals, then each question with its
// charts and tables. It does not know how anything was measured.

import { formatGoal, formatValue, judge } from './format-answer.ts';
import { lineChart } from './line-chart.ts';
import { type Markup, markup } from './markup.ts';
import type { Answer } from './question.ts';
import { REPORT_STYLE } from './report-style.ts';
import type { SavedResult } from './saved-result.ts';
import type { Table } from './table.ts';

/** The bar of a figure ends here, at so many times its goal. */
const BAR_GOALS_MAX = 2;

const GOAL_HEADING = ['figure', '', 'median', 'goal', 'of its goal', 'range'];

/** One result for each question, in the order of the page. */
export function reportPage(results: readonly SavedResult[]): string {
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Headgate: what the benches say</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
<h1>Headgate: what the benches say</h1>
${results.length === 0 ? markup`<p>No results yet.</p>` : [summary(results), goals(results)]}
${results.map(section)}
</main>
</body>
</html>
`;
  return page.toString();
}

function summary(results: readonly SavedResult[]): Markup {
  const verdicts = results.flatMap(({ answers }) =>
    answers.map(({ value, goal }) => judge(value.median, goal)),
  );
  const count = (verdict: string) => verdicts.filter((one) => one === verdict).length;
  const times = results.map(({ time }) => time).toSorted();
  const machines = new Set(results.map(({ machine }) => machineOf(machine)));
  const versions = new Set(results.map((result) => result.versions));
  return markup`<p class="summary"><b class="met">${count('met')} goals met</b>,
<b class="missed">${count('missed')} missed</b>, ${count('not measured')} not measured.</p>
<dl>
<dt>Measured</dt><dd>${days(times)}</dd>
<dt>On</dt><dd>${[...machines].map((machine) => markup`${machine}<br>`)}</dd>
<dt>Of</dt><dd>${[...versions].map((version) => markup`${version}<br>`)}</dd>
</dl>
`;
}

/** What does not change from run to run. */
function machineOf(machine: string): string {
  return machine.split(', load average', 1)[0] ?? '';
}

function days(times: readonly string[]): string {
  const [first = '', last = ''] = [times[0], times.at(-1)].map((time) => time?.slice(0, 10));
  return first === last ? first : `${first} to ${last}`;
}

function goals(results: readonly SavedResult[]): Markup {
  const rows = results.flatMap(({ question, answers }) =>
    answers.map((answer) => goalRow(question, answer)),
  );
  return markup`<h2>Goals</h2>
<div class="scroll goals" tabindex="0" role="region" aria-label="Goals">
<table>
<thead><tr>${GOAL_HEADING.map((cell) => markup`<th>${cell}</th>`)}</tr></thead>
<tbody>
${rows}</tbody>
</table>
</div>
`;
}

function goalRow(question: string, { text, value, digits, goal }: Answer): Markup {
  const verdict = judge(value.median, goal);
  const { median, range } = formatValue(value, digits);
  return markup`<tr><td><a href="#${question}">${text}</a></td>
<td class="${verdict}">${verdict}</td><td>${median}</td><td>${formatGoal(goal, digits)}</td>
<td>${bar(value.median, goal, verdict)}</td><td>${range}</td></tr>
`;
}

/** How far the figure is up to its goal, which the mark in the middle is. */
function bar(median: number, goal: number | null, verdict: string): Markup | string {
  if (goal === null || Number.isNaN(median)) return '';
  // A goal of 0 has no multiples: what is above it fills the bar.
  const share = goal === 0 ? (median > 0 ? BAR_GOALS_MAX : 0) : median / goal;
  const width = (Math.min(BAR_GOALS_MAX, share) / BAR_GOALS_MAX) * 100;
  return markup`<svg class="bar ${verdict}" viewBox="0 0 100 12" aria-hidden="true">
<rect class="track" width="100" height="12"/><rect width="${width.toFixed(1)}" height="12"/>
<line x1="50" x2="50" y1="0" y2="12"/></svg>`;
}

function section({ question, setting, charts, tables, notes, ...origin }: SavedResult): Markup {
  const { command, time, versions, machine } = origin;
  const minute = time.slice(0, 16).replace('T', ' ');
  return markup`<section id="${question}">
<h2>${question.replaceAll('-', ' ')}</h2>
<p>${setting}</p>
${charts.length === 0 ? '' : markup`<div class="charts">${charts.map(lineChart)}</div>`}
${tables.map((table) => tableBox(table, question))}
${notes.map((note) => markup`<p class="note">${note}</p>`)}
<p class="origin"><code>${command}</code><br>${minute} UTC, ${versions}; ${machine}</p>
</section>
`;
}

function tableBox({ title, rows }: Table, question: string): Markup {
  const [heading = [], ...body] = rows;
  const label = title === '' ? question.replaceAll('-', ' ') : title;
  return markup`${title === '' ? '' : markup`<h3>${title}</h3>`}
<div class="scroll" tabindex="0" role="region" aria-label="${label}">
<table>
<thead><tr>${heading.map((cell) => markup`<th>${cell}</th>`)}</tr></thead>
<tbody>
${body.map(tableRow)}</tbody>
</table>
</div>
`;
}

function tableRow(cells: readonly string[]): Markup {
  return markup`<tr>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>
`;
}
