// Finds the annotations of an object that nobody knows. What such a one asks for is not done, so it
// is a Problem, and the name that was probably meant is told.

import { limits } from '#base/limits.ts';
import { quote } from '#base/quote.ts';
import type { Ingress, Service } from '#kubernetes/resources.ts';
import { type Finding, findingAt } from '../problems.ts';
import { annotationPlace } from './annotation-place.ts';
import { TRANSPORT_ANNOTATIONS } from './backend-transport.ts';
import { CLIENT_CERTIFICATE_ANNOTATIONS } from './client-certificate.ts';
import { PASSTHROUGH_ANNOTATIONS } from './tls-passthrough.ts';

/** Without `headgate.dev/`; each file of this folder that reads some lists its own. */
const OF_INGRESSES: readonly string[] = [
  ...CLIENT_CERTIFICATE_ANNOTATIONS,
  ...PASSTHROUGH_ANNOTATIONS,
  ...TRANSPORT_ANNOTATIONS,
];
const OF_SERVICES: readonly string[] = TRANSPORT_ANNOTATIONS;

export function checkAnnotationNames(object: Ingress | Service): readonly Finding[] {
  const names = object.kind === 'Ingress' ? OF_INGRESSES : OF_SERVICES;
  const unknown = [...object.annotations.keys()].filter((name) => !names.includes(name));
  return unknown.map((name) => {
    const near = nearestName(name, names);
    const meant = near === null ? '' : `; did you mean ${quote(`headgate.dev/${near}`)}?`;
    const message = `there is no annotation ${quote(`headgate.dev/${name}`)}${meant}`;
    return findingAt(annotationPlace(object, name), 'UnknownAnnotation', message);
  });
}

/** The one of `names` that takes the fewest keystrokes to mend; null if none is near. */
export function nearestName(name: string, names: readonly string[]): string | null {
  if (name.length > limits.annotationNameCharsMax) return null;
  let nearest: string | null = null;
  let distanceMax = Math.floor(name.length / 3);
  for (const candidate of names) {
    const distance = editDistance(name, candidate);
    if (distance > distanceMax) continue;
    nearest = candidate;
    distanceMax = distance - 1;
  }
  return nearest;
}

/** Characters to add, drop or replace (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [index, character] of [...a].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = row[column - 1]! + (b[column - 1] === character ? 0 : 1);
      next.push(Math.min(replaced, row[column]! + 1, next[column - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
