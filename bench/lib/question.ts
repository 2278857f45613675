// What a question about load is, and how one is asked: printed, judged by its goals, and kept.

import { describeMachine, describePinning } from './machine.ts';
import { type Options, readOptions } from './read-options.ts';
import { saveResult } from './save-result.ts';
import type { Spread } from './statistics.ts';
import { formatTable } from './table.ts';

export interface Question {
  /** The name of its file. */
  readonly name: string;
  readonly ask: (options: Options) => Promise<Report>;
}

export interface Report {
  /** What was done, in one line. */
  readonly setting: string;
  readonly table: string;
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
  for (const question of questions) {
    try {
      answers.push(...(await runQuestion(question, options)));
    } catch (error) {
      process.stdout.write(`\n${question.name} failed: ${String(error)}\n`);
      process.exitCode = 1;
    }
  }
  process.stdout.write(`\n${formatAnswers(answers)}`);
}

async function runQuestion({ name, ask }: Question, options: Options): Promise<readonly Answer[]> {
  const machine = `${describeMachine()}; ${describePinning()}`;
  const { setting, table, answers, results } = await ask(options);
  process.stdout.write(`\n## ${name}\n${machine}\n${setting}\n\n${table}`);
  process.stdout.write(`${saveResult(name, { machine, setting, answers, results })}\n`);
  return answers;
}

function formatAnswers(answers: readonly Answer[]): string {
  const rows = answers.map(({ text, value, digits, goal }) => [
    text,
    ...formatValue(value, digits),
    goal === null ? '-' : `<= ${goal.toFixed(digits)}`,
    judge(value.median, goal),
  ]);
  return formatTable([['question', 'median', 'min..max', 'goal', ''], ...rows]);
}

function formatValue({ median, min, max }: Spread, digits: number): [string, string] {
  if (Number.isNaN(median)) return ['-', '-'];
  return [median.toFixed(digits), `${min.toFixed(digits)}..${max.toFixed(digits)}`];
}

function judge(value: number, goal: number | null): string {
  if (Number.isNaN(value)) return 'not measured';
  if (goal === null) return '';
  return value <= goal ? 'met' : 'missed';
}
