// One line for each Problem, as compilers write theirs, so that editors can jump to the place.

import { printable } from '#base/printable.ts';
import { formatRef, type Problem } from '#base/problem.ts';

/**
 * In the order of files and lines, such as
 * `shop.yaml:12: InvalidPath: path "x" does not begin with "/" (Ingress shop/web spec.rules[0])`.
 */
export function problemLines(problems: readonly Problem[]): string[] {
  return problems.toSorted(comparePlaces).map(formatProblem);
}

/** Problems without a place come first: they are about the command line or a whole directory. */
function comparePlaces(a: Problem, b: Problem): number {
  const fileA = a.position?.file ?? '';
  const fileB = b.position?.file ?? '';
  if (fileA !== fileB) return fileA < fileB ? -1 : 1;
  return (a.position?.line ?? 0) - (b.position?.line ?? 0);
}

function formatProblem({ object, field, reason, message, position }: Problem): string {
  const place = position === null ? '' : `${position.file}:${position.line}: `;
  const subject = [object === null ? '' : formatRef(object), field].filter((text) => text !== '');
  const about = subject.length === 0 ? '' : ` (${subject.join(' ')})`;
  return printable(`${place}${reason}: ${message}${about}`);
}
