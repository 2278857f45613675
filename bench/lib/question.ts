// What a question about load is, and how one is asked: printed, judged by its goals, and kept.

import { formatGoal, formatValue, judge } from './format-answer.ts';
import type { LineChart } from './line-chart.ts';
import { describeMachine, describePinning, describeVersions } from './machine.ts';
import { type Options, readOptions } from './read-options.ts';
import { saveResult } from './save-result.ts';
import type { Spread } from './statistics.ts';
import { formatTable, formatTables, type Table } from './table.ts';

export interface Question {
  /** The name of its file. */
  readonly name: string;
  readonly ask: (options: Options) => Promise<Report>;
}

export interface Report {
  /** What was done, in one line. */
  readonly setting: string;
  readonly tables: readonly Table[];
  readonly charts?: readonly LineChart[];
  /** What no table has room for, such as how the first failures looked. */
  readonly notes?: readonly string[];
  readonly answers: readonly Answer[];
  /** Everything that was measured, for the file. */
  readonly results: object;
}

/** One line of the table of goals. */
export interface Answer {
  readonly text: string;
  readonly value: Spread;
  readonly digits: number;
  /** The value should not exceed it; null where there is no bound but only less and more. */
  readonly goal: number | null;
}

/** Asks one after another; one that fails is told of, spoils the exit code and stops nothing. */
export async function runQuestions(
  questions: readonly Question[],
  options: Options = readOptions(),
): Promise<void> {
  const answers: Answer[] = [];
  for (const { name, ask } of questions) {
    try {
      answers.push(...(await answer(name, describePinning(), () => ask(options))));
    } catch (error) {
      process.stdout.write(`\n${name} failed: ${String(error)}\n`);
      process.exitCode = 1;
    }
  }
  process.stdout.write(`\n${formatAnswers(answers)}`);
}

/** Asks a question with options of its own, for which nothing is pinned. */
export async function runQuestion(name: string, ask: () => Promise<Report>): Promise<void> {
  const answers = await answer(name, 'nothing pinned', ask);
  if (answers.length > 0) process.stdout.write(`\n${formatAnswers(answers)}`);
}

async function answer(
  name: string,
  pinning: string,
  ask: () => Promise<Report>,
): Promise<readonly Answer[]> {
  const machine = `${describeMachine()}; ${pinning}`;
  const report = await ask();
  const { setting, tables, notes = [], answers } = report;
  process.stdout.write(`\n## ${name}\n${machine}\n${setting}\n\n${formatTables(tables)}`);
  for (const note of notes) process.stdout.write(`${note}\n`);
  const file = saveResult(name, { machine, versions: describeVersions(), ...report });
  process.stdout.write(`${file}\n`);
  return answers;
}

function formatAnswers(answers: readonly Answer[]): string {
  const rows = answers.map(({ text, value, digits, goal }) => {
    const { median, range } = formatValue(value, digits);
    return [text, median, range, formatGoal(goal, digits), judge(value.median, goal)];
  });
  return formatTable([['question', 'median', 'min..max', 'goal', ''], ...rows]);
}
