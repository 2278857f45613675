import { expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import type { Problem } from '#base/problem.ts';
import { ProblemLog } from '#control/problem-log.ts';
import { KeptLog } from '../support/kept-log.ts';

function problem(name: string, line = 1): Problem {
  return {
    object: { kind: 'Ingress', namespace: 'shop', name },
    field: 'spec.rules[0].host',
    reason: 'InvalidHost',
    message: 'host "x y" is not a DNS name',
    position: { file: 'shop.yaml', line },
  };
}

function told(log: KeptLog): string[] {
  return log.lines.map(({ level, message, fields }) => `${level} ${message} ${fields.object}`);
}

it('tells each problem once, and once that it is mended', () => {
  const log = new KeptLog();
  const problems = new ProblemLog(log);
  problems.update([problem('a')]);
  problems.update([problem('a'), problem('b')]);
  problems.update([problem('b')]);
  problems.update([problem('b')]);
  expect(told(log)).toEqual([
    'warn problem Ingress shop/a',
    'warn problem Ingress shop/b',
    'info problem mended Ingress shop/a',
  ]);
});

it('does not repeat a problem that has moved to another line', () => {
  const log = new KeptLog();
  const problems = new ProblemLog(log);
  problems.update([problem('a', 1)]);
  problems.update([problem('a', 7)]);
  expect(log.lines).toHaveLength(1);
});

it('tells what, where and why in fields', () => {
  const log = new KeptLog();
  new ProblemLog(log).update([
    problem('a', 12),
    { object: null, field: '', reason: 'ArenaFull', message: 'no room', position: null },
  ]);
  expect(log.lines.map(({ fields }) => fields)).toEqual([
    {
      reason: 'InvalidHost',
      object: 'Ingress shop/a',
      field: 'spec.rules[0].host',
      problem: 'host "x y" is not a DNS name',
      file: 'shop.yaml',
      line: 12,
    },
    { reason: 'ArenaFull', problem: 'no room' },
  ]);
});

it('bounds the lines of a flood', () => {
  const log = new KeptLog();
  const flood = Array.from({ length: 2 * limits.problemLinesMax }, (_, index) =>
    problem(`ingress-${index}`),
  );
  new ProblemLog(log).update(flood);
  expect(log.lines).toHaveLength(limits.problemLinesMax + 1);
  expect(log.lines.at(-1)).toMatchObject({ fields: { added: limits.problemLinesMax } });
});
