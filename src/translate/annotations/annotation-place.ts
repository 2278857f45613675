// Where an annotation of ours stands in its object, for a Problem about it.

import type { Resource } from '#kubernetes/resources.ts';
import type { Place } from '../problems.ts';

/** `name` is without the prefix. */
export function annotationPlace(object: Resource, name: string): Place {
  return { object, field: `metadata.annotations[headgate.dev/${name}]` };
}
