// The forms of names, as the Kubernetes API takes them.

import { describe, expect, it } from 'vitest';
import { dnsLabel, dnsSubdomain } from '#kubernetes/names.ts';

describe('a name is accepted', () => {
  // biome-ignore format: a table
  it.each([
    // name                     of an object  as a label
    ['web',                     true,         true],
    ['7',                       true,         true],
    ['a-b',                     true,         true],
    ['a.b',                     true,         false],
    ['a'.repeat(63),            true,         true],
    ['a'.repeat(64),            true,         false],
    ['a'.repeat(253),           true,         false],
    [`x.${'a'.repeat(100)}.y`,  true,         false],
    ['a'.repeat(254),           false,        false],
    ['',                        false,        false],
    ['A',                       false,        false],
    ['a_b',                     false,        false],
    ['-a',                      false,        false],
    ['a-',                      false,        false],
    ['a-.b',                    false,        false],
    ['a..b',                    false,        false],
    ['.a',                      false,        false],
    ['__proto__',               false,        false],
    ['a\nb',                    false,        false],
    ['a\n',                     false,        false],
  ])('%j', (name, isSubdomain, isLabel) => {
    expect([dnsSubdomain.accepts(name), dnsLabel.accepts(name)]).toEqual([isSubdomain, isLabel]);
  });
});
