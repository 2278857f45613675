import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { LOOP_DELAY_BOUNDS_MS, LoopDelay } from '#control/loop-delay.ts';

function countAbove(counts: readonly number[], boundMs: number): number {
  const from = LOOP_DELAY_BOUNDS_MS.indexOf(boundMs) + 1;
  return counts.slice(from).reduce((sum, count) => sum + count, 0);
}

it('a loop that stands still is one late look, in the bucket of how long it stood', async () => {
  using delays = new LoopDelay();
  await delay(50);
  const before = delays.read();
  const untilMs = performance.now() + 180;
  while (performance.now() < untilMs) Math.sqrt(untilMs);
  const { counts, sumMs } = delays.read();
  expect(countAbove(counts, 100) - countAbove(before.counts, 100)).toBe(1);
  expect(sumMs - before.sumMs).toBeGreaterThan(150);
});

it('a loop that goes round is looked at again and again', async () => {
  using delays = new LoopDelay();
  const total = (): number => delays.read().counts.reduce((sum, count) => sum + count, 0);
  await expect.poll(total, { timeout: 10_000, interval: 20 }).toBeGreaterThan(5);
});
