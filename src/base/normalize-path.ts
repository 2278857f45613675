// One form for each path, so that a rule, a request and the backend mean the same by it:
// syntax-based normalisation (RFC 3986 6.2.2). Knows nothing of rules or requests.

const ENCODED = /%([0-9A-Fa-f]{2})?/g;
const UNRESERVED = /[A-Za-z0-9\-._~]/;
const DOT_SEGMENT = /\/\.\.?(?:\/|$)/;

/** Whether `normalizePath` could change or refuse the path. */
export function isUnusualPath(path: string): boolean {
  return path.includes('%') || (path.includes('/.') && DOT_SEGMENT.test(path));
}

/**
 * The path, which begins with `/`, in normal form; null if a `%` is not followed by two hexadecimal
 * digits. Encoded unreserved characters are decoded, all other encodings are kept in upper case, so
 * that `%2F`, `%5C` and `%00` are never taken for what they stand for; then dot segments are
 * removed (5.2.4). Empty segments stay.
 */
export function normalizePath(path: string): string | null {
  if (!isUnusualPath(path)) return path;
  let isValid = true;
  const decoded = path.replace(ENCODED, (encoded, digits: string | undefined) => {
    if (digits === undefined) {
      isValid = false;
      return encoded;
    }
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    return UNRESERVED.test(character) ? character : encoded.toUpperCase();
  });
  return isValid ? withoutDotSegments(decoded) : null;
}

function withoutDotSegments(path: string): string {
  if (!DOT_SEGMENT.test(path)) return path;
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
  }
  const last = segments.at(-1);
  if (last === '.' || last === '..') kept.push('');
  return `/${kept.join('/')}`;
}
