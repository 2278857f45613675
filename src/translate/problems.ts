// How translate finds Problems in the objects it reads, and the one order in which it tells them.
// A finding can be remembered as long as its object; the lines of a file move meanwhile, so where
// the object stands is looked up when the Problem is told.

import { formatRef, type ObjectRef, type Problem } from '#base/problem.ts';
import type { Resource } from '#kubernetes/resources.ts';
import { compareText } from '#plan/precedence.ts';

/** One field of one object. */
export interface Place {
  readonly object: Resource;
  /** Path inside the object, such as `spec.rules[0].host`. */
  readonly field: string;
}

/** A Problem as it is found. */
export interface Finding {
  /** Null for a mistake in the operator's options, which no object holds. */
  readonly object: Resource | null;
  readonly field: string;
  readonly reason: string;
  readonly message: string;
}

export function refOf({ kind, namespace, name }: Resource): ObjectRef {
  return { kind, namespace, name };
}

export function findingAt(place: Place, reason: string, message: string): Finding {
  return { object: place.object, field: place.field, reason, message };
}

/** By object, then field (its second path before its tenth), reason and message; each once. */
export function tellProblems(findings: readonly Finding[]): readonly Problem[] {
  const keyed = findings.map((finding) => ({ key: sortKey(finding), finding }));
  keyed.sort((a, b) => compareText(a.key, b.key));
  return keyed
    .filter(({ key }, index) => key !== keyed[index - 1]?.key)
    .map(({ finding }) => problemOf(finding));
}

function problemOf({ object, field, reason, message }: Finding): Problem {
  const position = object?.locate?.(field) ?? null;
  return { object: object === null ? null : refOf(object), field, reason, message, position };
}

function sortKey({ object, field, reason, message }: Finding): string {
  const numbersAligned = field.replace(/[0-9]+/g, (index) => index.padStart(10, '0'));
  return [object === null ? '' : formatRef(object), numbersAligned, reason, message].join('\0');
}
