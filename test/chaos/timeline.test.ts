// Times are milliseconds; a value that is told is in force 100 ms later at the latest.

import { describe, expect, it } from 'vitest';
import { Timeline } from './timeline.ts';

const IN_FORCE_MS = 100;

/** Told `a` for ever, `b` at 1,000 and `c` at 1,050. */
function abc(): Timeline<string> {
  const timeline = new Timeline('a', (toldMs) => toldMs + IN_FORCE_MS);
  timeline.tell('b', 1_000);
  timeline.tell('c', 1_050);
  return timeline;
}

describe('a request may meet', () => {
  // biome-ignore format: a table
  it.each<readonly [number, number, readonly string[], string]>([
    // begin  end    values     because
    [0,       999,   ['a'],           'nothing else was told'],
    [0,       1_000, ['a', 'b'],      'a change may be in force at once'],
    [1_000,   1_049, ['a', 'b'],      'it may not be in force yet'],
    [1_099,   1_099, ['a', 'b', 'c'], 'b is in force a moment later'],
    [1_100,   1_100, ['b', 'c'],      'b is in force at the latest'],
    [1_150,   1_150, ['c'],           'c is in force at the latest'],
    [0,       2_000, ['a', 'b', 'c'], 'it took all that time'],
  ])('from %i to %i %j: %s', (begin, end, values) => {
    expect(abc().between(begin, end)).toEqual(values);
  });
});

describe('what was seen', () => {
  it('is over for nobody who began before it was seen', () => {
    const timeline = abc();
    timeline.saw((value) => value === 'c', 1_055, 1_060);
    expect(timeline.between(1_059, 1_070)).toEqual(['a', 'b', 'c']);
    expect(timeline.between(1_060, 1_070)).toEqual(['c']);
  });

  it('is the oldest that it can have been', () => {
    const timeline = abc();
    timeline.tell('b', 1_060);
    timeline.saw((value) => value === 'b', 1_061, 1_062);
    expect(timeline.between(1_062, 1_063)).toEqual(['b', 'c', 'b']);
  });

  it('says nothing about a process that comes after', () => {
    const timeline = abc();
    timeline.saw((value) => value === 'c', 1_055, 1_060);
    timeline.forgetSightings();
    expect(timeline.between(1_060, 1_070)).toEqual(['a', 'b', 'c']);
  });
});

it('is the last value alone once that was confirmed', () => {
  const timeline = abc();
  timeline.confirm(1_055);
  expect(timeline.between(1_055, 1_056)).toEqual(['c']);
  expect(timeline.between(1_054, 1_056)).toEqual(['a', 'b', 'c']);
});
