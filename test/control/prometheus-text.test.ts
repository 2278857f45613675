import { expect, it } from 'vitest';
import { formatFamily } from '#control/prometheus-text.ts';

it('writes help, type and one line for each sample', () => {
  const text = formatFamily({
    name: 'headgate_things_total',
    type: 'counter',
    help: 'Things.',
    samples: [
      { labels: { kind: 'a', size: '1' }, value: 3 },
      { suffix: '_sum', value: 0.25 },
    ],
  });
  expect(text).toBe(
    [
      '# HELP headgate_things_total Things.',
      '# TYPE headgate_things_total counter',
      'headgate_things_total{kind="a",size="1"} 3',
      'headgate_things_total_sum 0.25',
      '',
    ].join('\n'),
  );
});

it('writes nothing for a family without samples', () => {
  expect(formatFamily({ name: 'x', type: 'gauge', help: 'X.', samples: [] })).toBe('');
});

it.each([
  ['a quote', 'a"b', 'a\\"b'],
  ['a backslash', 'a\\b', 'a\\\\b'],
  ['a line feed', 'a\nb', 'a\\nb'],
  ['all of them', '\\n"\n', '\\\\n\\"\\n'],
  ['nothing that needs it', 'a{b}=c,d é', 'a{b}=c,d é'],
])('escapes %s in a label', (_, value, escaped) => {
  const text = formatFamily({
    name: 'x',
    type: 'gauge',
    help: 'X.',
    samples: [{ labels: { l: value }, value: 1 }],
  });
  expect(text.split('\n').at(-2)).toBe(`x{l="${escaped}"} 1`);
});

it('escapes line feeds and backslashes in the help, and leaves its quotes', () => {
  const text = formatFamily({
    name: 'x',
    type: 'gauge',
    help: 'a\nb\\c"d"',
    samples: [{ value: 1 }],
  });
  expect(text.split('\n')[0]).toBe('# HELP x a\\nb\\\\c"d"');
});
