import { expect, it } from 'vitest';
import { usableEndpoints } from '#proxy/balance/usable-endpoints.ts';

it.each([
  // ejected until  used       because
  ['0 0 0 0', 'a b c d', 'none is ejected'],
  ['0 5 0 0', 'a c d', 'one is'],
  ['0 5 6 0', 'a d', 'half of them are'],
  ['7 5 6 0', 'b d', 'of more than half, those whose ejection lasts longest are left out'],
  ['5 5 5 0', 'c d', 'of equals the first ones are'],
  ['5 6 7 8', 'a b c d', 'which to avoid is unknown when all are'],
  ['5 0 6', 'a b', 'half of three is one'],
  ['5 0', 'b', 'half of two is one'],
  ['5 6', 'a b', 'both are'],
  ['5', 'a', 'a single one is never left out'],
  ['', '', 'there are none'],
])('%j uses %j: %s', (untils, expected) => {
  const untilMs = untils.split(' ').filter(Boolean).map(Number);
  const members = untilMs.map((_, index) => 'abcd'[index]);
  expect(usableEndpoints(members, untilMs).join(' ')).toBe(expected);
});
