import { expect, it } from 'vitest';
import type { Sliced } from '#base/sliced.ts';
import { runInSlices } from '#control/run-in-slices.ts';

/** Works on this thread for so long, with a possible pause at each millisecond. */
function* busyFor(durationMs: number): Sliced<string> {
  const until = performance.now() + durationMs;
  while (performance.now() < until) {
    const pauseAt = performance.now() + 1;
    while (performance.now() < pauseAt);
    yield;
  }
  return 'done';
}

it('lets others come to their turn while long work goes on', async () => {
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 1);
  expect(await runInSlices(busyFor(100))).toBe('done');
  clearInterval(timer);
  expect(turns).toBeGreaterThan(2);
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
