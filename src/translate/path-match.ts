// Decides which texts are paths of a rule, and turns each into the match that the plan knows.
// Paths are compared in the normal form that requests have, too.

import { limits } from '#base/limits.ts';
import { normalizePath } from '#base/normalize-path.ts';
import { quote } from '#base/quote.ts';
import type { IngressPath } from '#kubernetes/resources.ts';
import type { PathMatch } from '#plan/routing-plan.ts';
import { mistaken, type Parsed, parsed } from './parsed.ts';

// A rule with one of these would never match what a client sends, or would match another resource
// than it seems to: the Kubernetes API refuses them in Exact and Prefix paths.
const REFUSED_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F'];
const REFUSED_ENDINGS = ['/..', '/.'];
const PATH_CHARACTERS = /^[!-~]*$/;

/**
 * Exact stays as it is. Prefix loses its trailing slashes, because `/foo/` and `/foo` have the same
 * elements. ImplementationSpecific is a Prefix, and `/` when it is empty.
 */
export function parsePath({ path: written, pathType }: IngressPath): Parsed<PathMatch> {
  const isFree = pathType === 'ImplementationSpecific';
  const path = isFree && written === '' ? '/' : written;
  const mistake = mistakeIn(path, isFree);
  if (mistake !== null) return mistaken(`path ${quote(path)} ${mistake}`);
  const normal = normalizePath(path);
  if (normal === null) return mistaken(`path ${quote(path)} holds "%" without two digits behind`);
  if (pathType === 'Exact') return parsed({ type: 'Exact', path: normal });
  const prefix = withoutTrailingSlashes(normal);
  if (elementCount(prefix) > limits.prefixDepthMax) {
    return mistaken(`path ${quote(path)} has more than ${limits.prefixDepthMax} elements`);
  }
  return parsed({ type: 'Prefix', path: prefix });
}

/** The rest of a sentence that begins with the path, or null. */
function mistakeIn(path: string, isFree: boolean): string | null {
  if (!path.startsWith('/')) return 'does not begin with "/"';
  if (path.length > limits.pathBytesMax) return `is longer than ${limits.pathBytesMax} characters`;
  if (path.includes('?') || path.includes('#')) return 'holds "?" or "#", which end a path';
  if (!PATH_CHARACTERS.test(path)) return 'holds a character that must be percent-encoded';
  if (isFree) return null;
  const sequence = REFUSED_SEQUENCES.find((refused) => path.includes(refused));
  if (sequence !== undefined) return `must not contain ${quote(sequence)}`;
  const ending = REFUSED_ENDINGS.find((refused) => path.endsWith(refused));
  return ending === undefined ? null : `must not end in ${quote(ending)}`;
}

function withoutTrailingSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === '/') end -= 1;
  return end === 0 ? '/' : path.slice(0, end);
}

function elementCount(prefix: string): number {
  if (prefix === '/') return 0;
  let count = 0;
  for (let at = prefix.indexOf('/'); at >= 0; at = prefix.indexOf('/', at + 1)) count += 1;
  return count;
}
