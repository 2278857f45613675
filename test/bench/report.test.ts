// The report of the benches: made by the command itself from small results, and read as a browser
// would read it.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const PROGRAM = join(import.meta.dirname, '..', '..', 'bench', 'report.ts');
const HOSTILE = `<script>alert("x")</script>&'`;

const SWAP = {
  question: 'swap-under-load',
  time: '2026-11-02T10:00:00.000Z',
  command: 'node bench/load/swap-under-load.ts',
  machine: 'A Machine, 2 cores, load average 0.1 at the start; nothing pinned',
  versions: 'Headgate 0.1.0 (abc1234), nginx 1.22.1',
  setting: '50 changes a second',
  tables: [
    {
      title: 'latency',
      rows: [
        ['proxy', 'p99 ms'],
        ['headgate', '1.10'],
        ['nginx', '9'],
      ],
    },
  ],
  charts: [
    {
      title: 'p99 by window',
      x: { label: 'window', scale: 'linear' },
      y: { label: 'ms', scale: 'log' },
      series: [
        {
          name: 'headgate',
          points: [
            [1, 1],
            [2, 10],
            [3, 'Infinity'],
          ],
        },
        {
          name: HOSTILE,
          points: [
            [1, 2],
            [2, 100],
          ],
        },
      ],
    },
  ],
  notes: [HOSTILE],
  answers: [
    { text: 'p99 over p99', value: { median: 1.1, min: 1, max: 1.3 }, digits: 2, goal: 1.2 },
    { text: 'failed requests', value: { median: 3, min: 3, max: 3 }, digits: 0, goal: 0 },
    { text: 'a rate', value: { median: 'Infinity', min: 1, max: 'Infinity' }, digits: 1, goal: 2 },
    { text: 'no figure', value: { median: 'NaN', min: 'NaN', max: 'NaN' }, digits: 1, goal: 1 },
    { text: 'for information', value: { median: 7, min: 7, max: 7 }, digits: 0, goal: null },
  ],
};
const OLD_SWAP = { ...SWAP, time: '2026-11-01T10:00:00.000Z', setting: 'an old run' };
const FORGED = {
  ...SWAP,
  question: HOSTILE,
  setting: { html: HOSTILE },
  charts: 'none',
  tables: [{ title: HOSTILE, rows: [[HOSTILE, { toString: HOSTILE }]] }],
  answers: [{ text: HOSTILE, value: null, digits: 1_000, goal: 'x' }],
};

const FILES: Readonly<Record<string, string>> = {
  'swap-1.json': JSON.stringify(SWAP),
  'swap-0.json': JSON.stringify(OLD_SWAP),
  'forged.json': JSON.stringify(FORGED),
  'half.json': '{"question": "half", "tab',
  'other.json': JSON.stringify({ question: 'of another shape', results: [] }),
};

let directory = '';
let page = '';
let output = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'headgate-report-'));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(directory, name), text);
  const file = join(directory, 'report.html');
  const args = [PROGRAM, '--results', directory, '--output', file];
  output = execFileSync(process.execPath, args, { encoding: 'utf8' });
  page = readFileSync(file, 'utf8');
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The row of the table of goals that begins with `text`, its cells without tags. */
function goalRow(text: string): string[] {
  const row = page.match(/<tr>.*?<\/tr>/gs)?.find((one) => one.includes(`>${text}<`)) ?? '';
  const cells = row.match(/<td.*?<\/td>/gs) ?? [];
  return cells.map((cell) =>
    cell
      .replaceAll(/<[^>]*>/g, '')
      .replace('&lt;', '<')
      .trim(),
  );
}

describe('the report', () => {
  it('takes the newest result of each question, and passes over files of another shape', () => {
    expect(output).toContain('swap-under-load');
    expect(page).toContain('50 changes a second');
    expect(page).not.toContain('an old run');
    expect(page).not.toContain('of another shape');
    expect(page.match(/<section /g)).toHaveLength(2);
  });

  // biome-ignore format: a table
  it.each([
    // figure            verdict         median      goal       bar  range
    ['p99 over p99',    'met',          '1.10',     '<= 1.20', '',  '1.00..1.30'],
    ['failed requests', 'missed',       '3',        '<= 0',    '',  '3..3'],
    ['a rate',          'missed',       'Infinity', '<= 2.0',  '',  '1.0..Infinity'],
    ['no figure',       'not measured', '-',        '<= 1.0',  '',  '-'],
    ['for information', '',             '7',        '-',       '',  '7..7'],
  ])('judges %s', (text, ...cells) => {
    expect(goalRow(text)).toEqual([text, ...cells]);
  });

  it('counts the goals', () => {
    expect(page).toContain('1 goals met');
    expect(page).toContain('2 missed');
    expect(page).toContain('2 not measured');
  });

  it('says what was measured, on what, when and by which command', () => {
    const section = page.slice(page.indexOf('<section id="swap-under-load">'));
    for (const text of [SWAP.command, SWAP.machine, SWAP.versions, '2026-11-02 10:00 UTC']) {
      expect(section).toContain(text);
    }
  });

  it('draws each series of a chart, without what is not finite', () => {
    const lines = [...page.matchAll(/<polyline points="([^"]*)"/g)].map(([, points]) => points);
    expect(lines.map((points) => points?.split(' ').length)).toEqual([2, 2]);
    expect(lines.join(' ')).not.toMatch(/NaN|Infinity/);
  });

  it('shows hostile text as text', () => {
    expect(page).not.toContain('<script');
    expect(page).not.toContain('[object Object]');
    expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;');
  });

  it('closes every element that it opens', () => {
    const open: string[] = [];
    for (const [, slash, name = '', rest = ''] of page.matchAll(/<(\/?)([a-z]\w*)([^>]*)>/g)) {
      if (/^(meta|br)$/.test(name) || rest.endsWith('/')) continue;
      if (slash === '') open.push(name);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
  });

  it('needs nothing from elsewhere, and fits a phone', () => {
    expect(page).not.toMatch(/(src|href)="(?!#)|url\(|@import|@font-face/);
    expect(page).toContain('name="viewport" content="width=device-width, initial-scale=1"');
    expect(page).toContain('prefers-color-scheme: dark');
    const tables = page.match(/<table>/g) ?? [];
    expect(page.match(/<div class="scroll[^>]*>\s*<table>/g)).toHaveLength(tables.length);
  });
});
