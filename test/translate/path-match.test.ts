// Which texts are paths of a rule, and which match each of them becomes.

import { describe, expect, it } from 'vitest';
import type { IngressPath } from '#kubernetes/resources.ts';
import { parsePath } from '#translate/path-match.ts';
import { backend } from '../support/resources.ts';

type PathType = IngressPath['pathType'];
const DEEPEST = '/a'.repeat(31);
const LONGEST = `/${'a'.repeat(4_095)}`;

function parse(pathType: PathType, path: string) {
  return parsePath({ path, pathType, backend: backend('web') });
}

describe('a path', () => {
  it.each<[PathType, string, string, string]>([
    ['Exact', '/', 'Exact', '/'],
    ['Exact', '/foo', 'Exact', '/foo'],
    ['Exact', '/foo/', 'Exact', '/foo/'],
    ['Exact', '/Foo', 'Exact', '/Foo'],
    ['Exact', '/a%20b', 'Exact', '/a%20b'],
    ['Exact', '/...', 'Exact', '/...'],
    ['Exact', '/.well-known', 'Exact', '/.well-known'],
    ['Exact', LONGEST, 'Exact', LONGEST],
    ['Exact', `${DEEPEST}/a`, 'Exact', `${DEEPEST}/a`],
    ['Prefix', '/', 'Prefix', '/'],
    ['Prefix', '/foo', 'Prefix', '/foo'],
    ['Prefix', '/foo/', 'Prefix', '/foo'],
    ['Prefix', '/foo/bar/', 'Prefix', '/foo/bar'],
    ['Prefix', DEEPEST, 'Prefix', DEEPEST],
    ['Prefix', `${DEEPEST}/`, 'Prefix', DEEPEST],
    ['ImplementationSpecific', '', 'Prefix', '/'],
    ['ImplementationSpecific', '/', 'Prefix', '/'],
    ['ImplementationSpecific', '//', 'Prefix', '/'],
    ['ImplementationSpecific', '/foo/', 'Prefix', '/foo'],
    ['ImplementationSpecific', '/foo//bar', 'Prefix', '/foo//bar'],
    ['ImplementationSpecific', '/foo/..', 'Prefix', '/'],
    ['Exact', '/%7efoo', 'Exact', '/~foo'],
    ['Prefix', '/caf%c3%a9/', 'Prefix', '/caf%C3%A9'],
  ])('%s %j becomes %s %j', (pathType, path, type, matched) => {
    expect(parse(pathType, path)).toEqual({ ok: true, value: { type, path: matched } });
  });

  it.each<[PathType, string, string]>([
    ['Exact', '', 'does not begin with "/"'],
    ['Prefix', '', 'does not begin with "/"'],
    ['Prefix', 'foo', 'does not begin with "/"'],
    ['ImplementationSpecific', 'foo', 'does not begin with "/"'],
    ['Prefix', '/foo//bar', 'must not contain "//"'],
    ['Exact', '/foo/./bar', 'must not contain "/./"'],
    ['Exact', '/foo/../bar', 'must not contain "/../"'],
    ['Prefix', '/foo%2fbar', 'must not contain "%2f"'],
    ['Prefix', '/foo%2Fbar', 'must not contain "%2F"'],
    ['Prefix', '/foo/..', 'must not end in "/.."'],
    ['Exact', '/foo/.', 'must not end in "/."'],
    ['Exact', '/foo?a=b', 'which end a path'],
    ['ImplementationSpecific', '/foo#a', 'which end a path'],
    ['Prefix', '/a b', 'must be percent-encoded'],
    ['Prefix', '/a\tb', 'must be percent-encoded'],
    ['Prefix', '/a\u0000', 'must be percent-encoded'],
    ['Prefix', '/bücher', 'must be percent-encoded'],
    ['ImplementationSpecific', '/a\r\nb', 'must be percent-encoded'],
    ['Prefix', `${DEEPEST}/a`, 'more than 31 elements'],
    ['Exact', `${LONGEST}a`, 'longer than 4096 characters'],
  ])('%s %j is refused: it %s', (pathType, path, mistake) => {
    const match = parse(pathType, path);
    expect(match.ok).toBe(false);
    expect(match).toHaveProperty('mistake', expect.stringContaining(mistake));
  });
});
