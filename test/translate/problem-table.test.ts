import { expect, it } from 'vitest';
import { limits } from '#base/limits.ts';
import { ProblemTable } from '#translate/problem-table.ts';
import { type Finding, findingAt, tellProblems } from '#translate/problems.ts';
import { ingress } from '../support/resources.ts';

function finding(name: string, field: string): Finding {
  return findingAt({ object: ingress({ name }), field }, 'InvalidPath', `${name} ${field}`);
}

const [b2, b10, a1, c1] = [
  finding('b', 'paths[2]'),
  finding('b', 'paths[10]'),
  finding('a', 'paths[1]'),
  finding('c', 'paths[1]'),
];

it('tells the findings of all sources in the order of one sort', () => {
  const table = new ProblemTable();
  table.set('host', [c1, b10]);
  table.set('ingress', [b2, a1]);
  expect(table.tell()).toEqual(tellProblems([a1, b2, b10, c1]));
});

it('tells what two sources find once, until neither does', () => {
  const table = new ProblemTable();
  table.set('one', [finding('a', 'host')]);
  table.set('other', [finding('a', 'host')]);
  expect(table.tell()).toHaveLength(1);
  table.set('one', []);
  expect(table.tell()).toHaveLength(1);
  table.set('other', []);
  expect(table.tell()).toEqual([]);
});

it('tells the same list while nothing is different, and the same Problem of each other object', () => {
  const table = new ProblemTable();
  table.set('one', [a1, b2]);
  const before = table.tell();
  table.set('other', []);
  expect(table.tell()).toBe(before);
  table.set('other', [c1]);
  expect(table.tell()[0]).toBe(before[0]);
});

it('tells where an object stands by the time it is told', () => {
  let line = 3;
  const object = ingress({ locate: () => ({ file: 'a.yaml', line }) });
  const table = new ProblemTable();
  table.set('one', [findingAt({ object, field: 'host' }, 'InvalidHost', 'wrong')]);
  expect(table.tell()[0]?.position?.line).toBe(3);
  line = 7;
  expect(table.tell()[0]?.position?.line).toBe(7);
});

it('tells of one object no more than it takes to mend it, and how much is untold', () => {
  const table = new ProblemTable();
  const paths = Array.from({ length: limits.problemsPerObjectMax + 7 }, (_, i) => `paths[${i}]`);
  table.set('one', [c1, ...paths.map((path) => finding('b', path))]);
  const told = table.tell();
  expect(told).toHaveLength(1 + limits.problemsPerObjectMax + 1);
  expect(told[0]).toMatchObject({
    object: { name: 'b' },
    reason: 'MoreProblems',
    message: '7 more problems of this object are not told',
  });
  expect(told.slice(1, 3).map(({ field }) => field)).toEqual(['paths[0]', 'paths[1]']);
  table.set('one', [c1]);
  expect(table.tell()).toHaveLength(1);
});
