// What stays in force while files are edited, half written, wrong or in conflict. Contents are
// given; no file system is needed.

import { describe, expect, it } from 'vitest';
import { ManifestSet } from '#kubernetes/manifest-set.ts';
import { Store } from '#kubernetes/store.ts';
import { KeptLog } from '../support/kept-log.ts';

/** An Ingress that tells its versions apart by their class. */
const ingress = (name: string, version: string): string =>
  [
    'apiVersion: networking.k8s.io/v1',
    'kind: Ingress',
    `metadata: {name: ${name}, namespace: shop}`,
    `spec: {ingressClassName: ${version}, rules: []}`,
    '',
  ].join('\n');

const A1 = ingress('a', 'v1');
const A2 = ingress('a', 'v2');
const B1 = ingress('b', 'v1');
const B2 = ingress('b', 'v2');
const BAD_A = ingress('a', '[]');
const BAD_NAME = ingress('B_B', 'v1');
const BROKEN = 'kind: "Ingress\n';
const SEP = '---\n';

class Fixture {
  readonly store = new Store();
  readonly log = new KeptLog();
  readonly set = new ManifestSet(this.store, this.log);

  write(path: string, content: string | Uint8Array): boolean {
    return this.set.update(path, Buffer.from(content));
  }

  /** `a:v1 b:v2` */
  inForce(): string {
    const ingresses = this.store.ingresses();
    const texts = ingresses.map(({ name, ingressClassName }) => `${name}:${ingressClassName}`);
    return texts.sort().join(' ');
  }

  /** `a.yaml:4 InvalidObject` */
  problems(): string[] {
    const problems = this.set.problems();
    return problems.map(({ position, reason }) => `${position?.file}:${position?.line} ${reason}`);
  }
}

describe('one file, written twice', () => {
  // biome-ignore format: a table
  it.each([
    // behaviour
    //   first           second                  in force       problems
    ['an edit counts',
      A1,             A2,                     'a:v2',        []],
    ['what is left out goes',
      A1 + SEP + B1,  B1,                     'b:v1',        []],
    ['comments alone empty the file',
      A1,             '# nothing\n',          '',            []],
    ['an empty file may be half written',
      A1,             '',                     'a:v1',        ['f.yaml:1 EmptyFile']],
    ['white space too',
      A1,             ' \n\n',                'a:v1',        ['f.yaml:1 EmptyFile']],
    ['an empty file that never held anything is fine',
      '',             '\n',                   '',            []],
    ['what is not YAML withdraws nothing',
      A1 + SEP + B1,  BROKEN,                 'a:v1 b:v1',   ['f.yaml:2 NotYaml']],
    ['good documents go live beside a broken one',
      A1 + SEP + B1,  BROKEN + SEP + B2,      'a:v1 b:v2',   ['f.yaml:2 NotYaml']],
    ['a bad object keeps its last version',
      A1 + SEP + B1,  BAD_A + SEP + B2,       'a:v1 b:v2',   ['f.yaml:4 InvalidObject']],
    ['a bad object does not keep the others',
      A1 + SEP + B1,  BAD_A,                  'a:v1',        ['f.yaml:4 InvalidObject']],
    ['an object without a name may be any of them',
      A1 + SEP + B1,  A2 + SEP + BAD_NAME,    'a:v2 b:v1',   ['f.yaml:8 InvalidObject']],
    ['a bad object that was never good is left out',
      B1,             B1 + SEP + BAD_A,       'b:v1',        ['f.yaml:9 InvalidObject']],
    ['the first of two with one name counts',
      A1,             A2 + SEP + A1,          'a:v2',        ['f.yaml:6 DuplicateObject']],
    ['a NUL character is a torn write',
      A1,             `${A2}# \0`,            'a:v1',        ['f.yaml:5 NotYaml']],
    ['what is no map is no object',
      A1,             '- a\n',                'a:v1',        ['f.yaml:1 InvalidObject']],
    ['what has no kind is no object',
      A1,             'kind: 1\napiVersion: v1',  'a:v1',     ['f.yaml:1 InvalidObject']],
    ['a byte order mark is no content',
      A1,             `\uFEFF${A2}`,          'a:v2',        []],
  ] as const)('%s', (_, first, second, inForce, problems) => {
    const fixture = new Fixture();
    fixture.write('f.yaml', first);
    fixture.write('f.yaml', second);
    expect(fixture.inForce()).toBe(inForce);
    expect(fixture.problems()).toEqual(problems);
    fixture.write('f.yaml', A1);
    expect(fixture.inForce()).toBe('a:v1');
    expect(fixture.problems()).toEqual([]);
  });
});

it('bytes that are not UTF-8 are told with their line', () => {
  const fixture = new Fixture();
  fixture.write('f.yaml', A1);
  const torn = Buffer.from('ö').subarray(0, 1);
  fixture.write('f.yaml', Buffer.concat([Buffer.from(`${A2}# ö\n# `), torn, Buffer.from('\n')]));
  expect(fixture.inForce()).toBe('a:v1');
  expect(fixture.problems()).toEqual(['f.yaml:6 NotYaml']);
});

describe('two files with one object', () => {
  it('the first by path counts, and the Problem on the other names it', () => {
    const fixture = new Fixture();
    fixture.write('2.yaml', `\n${A2}`);
    fixture.write('1.yaml', `# x\n${A1}`);
    expect(fixture.inForce()).toBe('a:v1');
    expect(fixture.set.problems()).toEqual([
      {
        object: { kind: 'Ingress', namespace: 'shop', name: 'a' },
        field: '',
        reason: 'DuplicateObject',
        message: 'Ingress shop/a is already in "1.yaml", line 2',
        position: { file: '2.yaml', line: 2 },
      },
    ]);
  });

  it('the second takes effect when the first goes', () => {
    const fixture = new Fixture();
    fixture.write('1.yaml', A1);
    fixture.write('2.yaml', A2);
    expect(fixture.set.delete('1.yaml')).toBe(true);
    expect(fixture.inForce()).toBe('a:v2');
    expect(fixture.problems()).toEqual([]);
    expect(fixture.set.delete('2.yaml')).toBe(true);
    expect(fixture.inForce()).toBe('');
  });
});

describe('did it matter?', () => {
  // biome-ignore format: a table
  it.each([
    ['the same content',        A1,                 false],
    ['a comment',               `# x\n${A1}`,       false],
    ['another object',          A1 + SEP + B1,      true],
    ['another order',           A1,                 false],
    ['another version',         A2,                 true],
    ['what is not YAML',        BROKEN,             false],
    ['a bad version',           BAD_A,              false],
  ])('%s: %j', (_, second, didMatter) => {
    const fixture = new Fixture();
    fixture.write('f.yaml', A1);
    expect(fixture.write('f.yaml', second)).toBe(didMatter);
  });
});

describe('the lines of an object', () => {
  it('follow it when lines are added above', () => {
    const fixture = new Fixture();
    fixture.write('f.yaml', A1 + SEP + B1);
    const [, before] = fixture.store.ingresses();
    fixture.write('f.yaml', `${A1}# one more\n${SEP}${B1}`);
    const [, after] = fixture.store.ingresses();
    expect(after).toBe(before);
    expect(after?.locate?.('')).toEqual({ file: 'f.yaml', line: 7 });
    expect(after?.locate?.('spec.ingressClassName')).toEqual({ file: 'f.yaml', line: 10 });
    expect(after?.locate?.('spec.rules[3].host')).toEqual({ file: 'f.yaml', line: 10 });
  });

  it('are those of the item in a List', () => {
    const items = ['a', 'b'].map((name) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name },
      spec: { rules: [] },
    }));
    const fixture = new Fixture();
    fixture.write('f.json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 2));
    const [a, b] = fixture.store.ingresses();
    expect(a?.locate?.('')).toEqual({ file: 'f.json', line: 5 });
    expect(b?.locate?.('metadata.name')).toEqual({ file: 'f.json', line: 19 });
  });
});

describe('lists', () => {
  const typed = 'apiVersion: networking.k8s.io/v1\nkind: IngressList\nitems:\n';
  const item = '- {metadata: {name: a}, spec: {ingressClassName: v1, rules: []}}\n';
  const nested = 'kind: List\nitems:\n- {apiVersion: v1, kind: List}\n';
  const endless = '&a\napiVersion: v1\nkind: List\nitems:\n- *a\n';
  const bad = ['f.yaml:4 InvalidObject'];
  // biome-ignore format: a table
  it.each([
    ['empty',                       'apiVersion: v1\nkind: List\nitems: []\n',  '',     []],
    ['typed, no kind inside',       typed + item,                               'a:v1', []],
    ['a bad item and a good one',   `${typed}- {metadata: {name: b}}\n${item}`, 'a:v1', bad],
    ['an item that is no map',      `${typed}- b\n${item}`,                     'a:v1', bad],
    ['a List inside a List',        nested,                         '', ['f.yaml:3 InvalidObject']],
    ['a List that holds itself',    endless,                        '', ['f.yaml:5 InvalidObject']],
  ])('%s', (_, content, inForce, problems) => {
    const fixture = new Fixture();
    fixture.write('f.yaml', content);
    expect(fixture.inForce()).toBe(inForce);
    expect(fixture.problems()).toEqual(problems);
  });
});

it('kinds that nobody reads are skipped with one line each', () => {
  const fixture = new Fixture();
  const object = (apiVersion: string, kind: string): string =>
    `${SEP}apiVersion: ${apiVersion}\nkind: ${kind}\n`;
  fixture.write('1.yaml', object('apps/v1', 'Deployment').repeat(2) + SEP + A1);
  const old = object('extensions/v1beta1', 'Ingress');
  fixture.write('2.yaml', object('apps/v1', 'Deployment') + old);
  expect(fixture.problems()).toEqual([]);
  expect(fixture.log.lines).toEqual([
    {
      level: 'info',
      message: 'objects of an unknown kind are skipped',
      fields: { apiVersion: 'apps/v1', kind: 'Deployment', file: '1.yaml' },
    },
    {
      level: 'warn',
      message: 'objects of another apiVersion are skipped',
      fields: { apiVersion: 'extensions/v1beta1', kind: 'Ingress', file: '2.yaml' },
    },
  ]);
});

it.each([
  'aHVudGVyMg==',
  '"aHVudGVyMg==\\q',
  'a: aHVudGVyMg==',
  '[aHVudGVyMg==',
  '*aHVudGVyMg',
  '!aHVudGVyMg x y: z',
  '  key: aHVudGVyMg==\n]aHVudGVyMg',
])('nothing of a Secret that is half written gets into a Problem: %j', (tail) => {
  const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata:\n  key: aHVudGVyMg==\n';
  const fixture = new Fixture();
  fixture.write('f.yaml', `${secret}  other: ${tail}`);
  expect(JSON.stringify(fixture.set.problems())).not.toMatch(/aHVud|hunter/);
});
