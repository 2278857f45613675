// Where one document of a file ends and the next begins.

import { expect, it } from 'vitest';
import { splitDocuments } from '#kubernetes/split-documents.ts';

// biome-ignore format: a table
it.each([
  ['nothing',                   '',                         []],
  ['comments only',             '# a\n\n---\n# b\n...\n',   []],
  ['one document',              'a: 1\n',                   [[1, 'a: 1\n']]],
  ['two documents',             'a: 1\n---\nb: 2\n',        [[1, 'a: 1\n'], [2, '---\nb: 2\n']]],
  ['a marker at the beginning', '---\na: 1\n---\nb',        [[1, '---\na: 1\n'], [3, '---\nb']]],
  ['comments before a marker',  '# x\n\n---\na: 1\n',       [[1, '# x\n\n---\na: 1\n']]],
  ['empty documents between',   'a\n---\n---\n# x\n---\nb', [[1, 'a\n'], [5, '---\nb']]],
  ['values beside the marker',  '--- {a: 1}\n--- b',        [[1, '--- {a: 1}\n'], [2, '--- b']]],
  ['CRLF',                      'a\r\n---\r\nb\r\n',        [[1, 'a\r\n'], [2, '---\r\nb\r\n']]],
  ['the end of a document',     'a: 1\n...\nb: 2\n',        [[1, 'a: 1\n...\n'], [3, 'b: 2\n']]],
  ['directives',                '%A\n---\na\n...\n%A\n---\nb',
                                            [[1, '%A\n---\na\n...\n'], [5, '%A\n---\nb']]],
  ['dashes that mark nothing',  'a: |\n  ---\n---x\n----\n', [[1, 'a: |\n  ---\n---x\n----\n']]],
  ['a separator in a string',   'a: "\u2028--- b"\n',       [[1, 'a: "\u2028--- b"\n']]],
] as const)('%s', (_, file, expected) => {
  const documents = splitDocuments(file).map(({ firstLine, text }) => [firstLine, text]);
  expect(documents).toEqual(expected);
});

it('a long file is split in one pass', () => {
  const file = '---\na: 1\n'.repeat(50_000);
  expect(splitDocuments(file).at(-1)).toEqual({ firstLine: 99_999, text: '---\na: 1\n' });
});
