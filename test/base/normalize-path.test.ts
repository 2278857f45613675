import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUnusualPath, normalizePath } from '#base/normalize-path.ts';

describe('a path in normal form', () => {
  it.each([
    // path                 normal form       rule
    ['/', '/', 'unchanged'],
    ['/a/b.c/', '/a/b.c/', 'unchanged'],
    ['/a//b', '/a//b', 'empty segments stay, RFC 3986 5.2.4'],
    ['/...', '/...', 'three dots are a name'],
    ['/.a/..b', '/.a/..b', 'a dot in a name is a name'],
    ['/%7euser', '/~user', 'unreserved characters are decoded, RFC 3986 6.2.2.2'],
    ['/%41%2D%2e%5F', '/A-._', 'unreserved characters are decoded, RFC 3986 6.2.2.2'],
    ['/%c3%bc', '/%C3%BC', 'upper case, RFC 3986 6.2.2.1'],
    ['/a%2fb', '/a%2Fb', 'an encoded slash is no separator'],
    ['/a%5cb', '/a%5Cb', 'an encoded backslash is no separator'],
    ['/a%00', '/a%00', 'an encoded NUL stays encoded'],
    ['/a%252e', '/a%252e', 'decoded once, RFC 3986 2.4'],
    ['/a\\..\\b', '/a\\..\\b', 'a backslash is no separator'],
    ['/a/./b', '/a/b', 'RFC 3986 5.2.4'],
    ['/a/../b', '/b', 'RFC 3986 5.2.4'],
    ['/a/b/../../c', '/c', 'RFC 3986 5.2.4'],
    ['/a/..', '/', 'RFC 3986 5.2.4'],
    ['/a/b/.', '/a/b/', 'RFC 3986 5.2.4'],
    ['/..', '/', 'nothing is above the root, RFC 3986 5.2.4'],
    ['/../../a', '/a', 'nothing is above the root, RFC 3986 5.2.4'],
    ['/a/%2e%2E/b', '/b', 'dot segments are found after decoding'],
    ['/a/%2e%2e%2fb', '/a/..%2Fb', 'an encoded slash ends no segment'],
    ['/a//../b', '/a/b', 'an empty segment is a segment, RFC 3986 5.2.4'],
  ])('%s -> %s (%s)', (path, expected) => {
    expect(normalizePath(path)).toBe(expected);
  });

  it.each([['/%'], ['/%4'], ['/%zz'], ['/a%2'], ['/%%41'], ['/%u0041']])(
    '%s is refused',
    (path) => {
      expect(normalizePath(path)).toBeNull();
    },
  );

  const piece = fc.constantFrom('/', '.', '..', '%2e', '%2F', '%41', '%', 'a', '\\', '%5c', '~');
  const anyPath = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`);

  it('is its own normal form, begins with a slash and has no dot segment', () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        const normal = normalizePath(path);
        if (normal === null) return;
        expect(normalizePath(normal)).toBe(normal);
        expect(normal).toMatch(/^\//);
        expect(normal).not.toMatch(/\/\.\.?(\/|$)/);
      }),
      { numRuns: 5_000 },
    );
  });

  it('is the path itself wherever it is not unusual', () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        if (!isUnusualPath(path)) expect(normalizePath(path)).toBe(path);
      }),
      { numRuns: 5_000 },
    );
  });
});
