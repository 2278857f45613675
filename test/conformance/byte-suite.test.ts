// Raw bytes in, exact bytes out, in both directions: the rules of an intermediary, one by one.

import { describe, expect, it } from 'vitest';
import { ByteStage } from '../support/byte-stage.ts';
import { ALL_CASES, countByRule } from './all-cases.ts';

/** What an intermediary for HTTP/1.1 must do stands here. */
const SECTIONS = [
  'RFC 3986 2.1',
  'RFC 3986 6.2.2.1',
  'RFC 3986 6.2.2.2',
  'RFC 3986 6.2.2.3',
  'RFC 6585 5',
  'RFC 9110 4.2.4',
  'RFC 9110 5.1',
  'RFC 9110 5.5',
  'RFC 9110 6.5.1',
  'RFC 9110 6.6.1',
  'RFC 9110 7.2',
  'RFC 9110 7.6.1',
  'RFC 9110 7.6.2',
  'RFC 9110 7.6.3',
  'RFC 9110 7.8',
  'RFC 9110 8.6',
  'RFC 9110 9.1',
  'RFC 9110 9.2.2',
  'RFC 9110 9.3.2',
  'RFC 9110 9.3.6',
  'RFC 9110 9.3.7',
  'RFC 9110 10.1.1',
  'RFC 9110 10.1.4',
  'RFC 9110 15.2',
  'RFC 9110 15.2.2',
  'RFC 9110 15.3.5',
  'RFC 9110 15.3.6',
  'RFC 9110 15.4.5',
  'RFC 9110 15.5.15',
  'RFC 9110 15.6.6',
  'RFC 9112 2.2',
  'RFC 9112 2.3',
  'RFC 9112 3',
  'RFC 9112 3.2',
  'RFC 9112 3.2.1',
  'RFC 9112 3.2.2',
  'RFC 9112 3.2.3',
  'RFC 9112 3.2.4',
  'RFC 9112 4',
  'RFC 9112 5',
  'RFC 9112 5.1',
  'RFC 9112 5.2',
  'RFC 9112 6.1',
  'RFC 9112 6.2',
  'RFC 9112 6.3',
  'RFC 9112 7.1',
  'RFC 9112 7.1.1',
  'RFC 9112 7.1.2',
  'RFC 9112 8',
  'RFC 9112 9.2',
  'RFC 9112 9.3',
  'RFC 9112 9.3.2',
  'RFC 9112 9.6',
];

for (const [title, cases] of Object.entries(ALL_CASES)) {
  describe(title, () => {
    it.each(cases)('$rule: $name', async ({ steps, options = {} }) => {
      await using stage = await ByteStage.open(options);
      for (const step of steps) await step(stage);
      expect.hasAssertions();
    });
  });
}

describe('the suite', () => {
  it('has a case for each section that asks something of an intermediary', () => {
    const counted = new Set(countByRule().map(([rule]) => rule));
    expect(SECTIONS.filter((section) => !counted.has(section))).toEqual([]);
  });

  it('names a section in every case, and every case once', () => {
    const cases = Object.values(ALL_CASES).flat();
    for (const { rule } of cases) expect(rule).toMatch(/^(RFC \d{4} \d+(\.\d+)*|Headgate)$/);
    const names = Object.entries(ALL_CASES).flatMap(([title, all]) =>
      all.map(({ rule, name }) => `${title}, ${rule}: ${name}`),
    );
    expect(new Set(names).size).toBe(names.length);
  });
});
