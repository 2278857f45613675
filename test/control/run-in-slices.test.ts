import { expect, it } from 'vitest';
import type { Sliced } from '#base/sliced.ts';
import { runInSlices } from '#control/run-in-slices.ts';

const STEPS_MAX = 50_000_000;

/** Works on this thread until it is over, with a possible pause at each step. */
function* busyUntil(isOver: () => boolean): Sliced<boolean> {
  for (let step = 0; step < STEPS_MAX && !isOver(); step += 1) yield;
  return isOver();
}

it('lets others come to their turn while long work goes on', async () => {
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 1);
  expect(await runInSlices(busyUntil(() => turns > 2))).toBe(true);
  clearInterval(timer);
});

it('does short work before it returns', () => {
  const steps: string[] = [];
  function* short(): Sliced<void> {
    steps.push('one');
    yield;
    steps.push('two');
  }
  const done = runInSlices(short());
  expect(steps).toEqual(['one', 'two']);
  return done;
});

it('passes on what the work throws', async () => {
  function* failing(): Sliced<void> {
    yield;
    throw new Error('a mistake');
  }
  await expect(runInSlices(failing())).rejects.toThrow('a mistake');
});
