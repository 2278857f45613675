// The lines of fields, and what the YAML parser says without quoting a document.

import { describe, expect, it } from 'vitest';
import { YamlTree } from '#kubernetes/yaml-tree.ts';

const INGRESS = `# A comment
metadata:
  name: a
  annotations:
    kubernetes.io/ingress.class: b
spec:
  rules:
    - host: a.b
      http:
        paths:
          - path: /a
          - path: /b
            pathType: Exact
    - {host: c.d,
       http: null}
`;

describe('the line of a field', () => {
  // biome-ignore format: a table
  it.each([
    ['',                                                   2],
    ['metadata.name',                                      3],
    ['metadata.annotations[kubernetes.io/ingress.class]',  5],
    ['spec.rules[0].host',                                 8],
    ['spec.rules[0].http.paths[1].path',                  12],
    ['spec.rules[0].http.paths[1].pathType',              13],
    ['spec.rules[1].http',                                15],
    ['spec.rules[1].http.paths[0].path',                  15],
    ['spec.rules[7].host',                                 7],
    ['spec.tls',                                           6],
    ['status',                                             2],
    ['][.[',                                               2],
  ])('%j', (field, line) => {
    expect(new YamlTree(INGRESS).lineOf(field)).toBe(line);
  });

  it('is found through an alias', () => {
    expect(new YamlTree('a: &x\n  b: 1\nc: *x').lineOf('c.b')).toBe(2);
  });
});

describe('what is not YAML', () => {
  const missing = 'a colon, comma, quote or bracket is missing';
  const indentation = 'wrong indentation, or a bracket that is not closed';
  const badEscape = 'bad escape sequence in a double-quoted string';
  const alias = 'an alias has no anchor before it, or expands to too much';
  // biome-ignore format: a table
  it.each([
    ['a duplicate key',    'a: 1\nb: 2\na: 3',             3, 'this key is there twice'],
    ['an open quote',      'a: "x\nb: c',                  2, missing],
    ['an open bracket',    'a: 1\nb: [1, 2',               2, indentation],
    ['a tab',              'a:\n\t- b',                    2, 'a tab cannot indent'],
    ['a template',         'a: {{ .Values.x }}',           1, 'a key must be a string'],
    ['an unknown anchor',  '\na: *x',                      2, alias],
    ['deep nesting',       '['.repeat(5_000),              1, 'nested too deeply'],
    ['a bad escape',       'data:\n  a: "aHVudGVyMg\\q"',  2, badEscape],
  ])('%s', (_, text, line, message) => {
    const tree = new YamlTree(text);
    expect(tree.fault).toEqual({ line, message });
    expect(tree.value).toBeUndefined();
  });

  it('a billion laughs', () => {
    const levels = ['l0: &l0 lol'];
    for (let level = 1; level <= 12; level += 1) {
      levels.push(`l${level}: &l${level} [${`*l${level - 1},`.repeat(10)}]`);
    }
    expect(new YamlTree(levels.join('\n')).fault).toEqual({ line: 1, message: alias });
  });
});

describe('what is YAML', () => {
  // biome-ignore format: a table
  it.each([
    ['JSON with tabs',
      '{\n\t"a": [1,\n\t\t"x\\/\\ud83d\\ude00"]\n}',
      { a: [1, 'x/😀'] }],
    ['merge keys',
      'a: &x {b: 1}\nc: {<<: *x, d: 2}',
      { a: { b: 1 }, c: { b: 1, d: 2 } }],
    ['keys are strings',
      '1: a\ntrue: b',
      { 1: 'a', true: 'b' }],
    ['times and yes are strings',
      'a: 2026-01-31\nb: yes',
      { a: '2026-01-31', b: 'yes' }],
  ])('%s', (_, text, value) => {
    expect(new YamlTree(text)).toMatchObject({ fault: null, value });
  });
});
