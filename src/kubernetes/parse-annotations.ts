// The annotations of an object that are meant for Headgate, from an unknown value. Which of them
// there are, and what they mean, is not decided here.

import type { Reader } from './reader.ts';

/** What the names of our annotations begin with. */
const ANNOTATION_PREFIX = 'headgate.dev/';

/** By what follows the prefix. */
export function parseAnnotations(object: Reader): ReadonlyMap<string, string> {
  const annotations = object.at('metadata').at('annotations');
  const own = annotations.keys().filter((name) => name.startsWith(ANNOTATION_PREFIX));
  return new Map(
    own.map((name) => [name.slice(ANNOTATION_PREFIX.length), annotations.at(name).string()]),
  );
}
