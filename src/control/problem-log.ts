// Tells the log which problems came and which went, once each: a problem that stands is not
// repeated at every rebuild.

import { limits } from '#base/limits.ts';
import type { Log, LogFields } from '#base/log.ts';
import { formatRef, type Problem } from '#base/problem.ts';

export class ProblemLog {
  readonly #log: Log;
  /** By what the problem says; where in a file it stands may change. */
  #standing: ReadonlyMap<string, Problem> = new Map();
  /** Most problems stand for long, and each is the same object all the while. */
  readonly #identities = new WeakMap<Problem, string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** `problems` are all that stand at this moment. */
  update(problems: readonly Problem[]): void {
    const before = this.#standing;
    this.#standing = new Map(problems.map((problem) => [this.#identify(problem), problem]));
    const added = difference(this.#standing, before);
    const mended = difference(before, this.#standing);
    for (const problem of added.slice(0, limits.problemLinesMax)) {
      this.#log.warn('problem', fieldsOf(problem));
    }
    for (const problem of mended.slice(0, limits.problemLinesMax)) {
      this.#log.info('problem mended', fieldsOf(problem));
    }
    const untold = [added, mended].map(({ length }) =>
      Math.max(0, length - limits.problemLinesMax),
    );
    if (untold.some((count) => count > 0)) {
      this.#log.warn('more problems than lines', { added: untold[0], mended: untold[1] });
    }
  }

  #identify(problem: Problem): string {
    const { object, field, reason, message } = problem;
    const identity =
      this.#identities.get(problem) ?? JSON.stringify([object, field, reason, message]);
    this.#identities.set(problem, identity);
    return identity;
  }
}

function difference(
  from: ReadonlyMap<string, Problem>,
  without: ReadonlyMap<string, Problem>,
): Problem[] {
  return [...from].filter(([identity]) => !without.has(identity)).map(([, problem]) => problem);
}

function fieldsOf({ object, field, reason, message, position }: Problem): LogFields {
  return {
    reason,
    ...(object === null ? {} : { object: formatRef(object) }),
    ...(field === '' ? {} : { field }),
    problem: message,
    ...(position === null ? {} : { file: position.file, line: position.line }),
  };
}
