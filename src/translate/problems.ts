// How translate makes Problems from the objects it reads, and the one order in which they come out.

import { formatRef, type ObjectRef, type Problem } from '#base/problem.ts';
import type { Resource } from '#kubernetes/resources.ts';
import { compareText } from '#plan/precedence.ts';

/** One field of one object; every Problem of translate but one is about such a place. */
export interface Place {
  readonly object: Resource;
  /** Path inside the object, such as `spec.rules[0].host`. */
  readonly field: string;
}

export function refOf({ kind, namespace, name }: Resource): ObjectRef {
  return { kind, namespace, name };
}

export function problemAt({ object, field }: Place, reason: string, message: string): Problem {
  const position = object.locate?.(field) ?? null;
  return { object: refOf(object), field, reason, message, position };
}

/** By object, then field (its second path before its tenth), reason and message; each once. */
export function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  const keyed = problems.map((problem) => ({ key: sortKey(problem), problem }));
  keyed.sort((a, b) => compareText(a.key, b.key));
  return keyed
    .filter(({ key }, index) => key !== keyed[index - 1]?.key)
    .map(({ problem }) => problem);
}

function sortKey({ object, field, reason, message }: Problem): string {
  const numbersAligned = field.replace(/[0-9]+/g, (index) => index.padStart(10, '0'));
  return [object === null ? '' : formatRef(object), numbersAligned, reason, message].join('\0');
}
