// The findings that stand, by who made them, told as one sorted list of Problems. A change sorts
// what it touches again and no more. It does not know what any finding means.

import { Groups } from '#base/groups.ts';
import { limits } from '#base/limits.ts';
import { formatRef, type Problem } from '#base/problem.ts';
import { EMPTY_LIST, replaceInList, type SortedList, valuesOf } from '#base/sorted-list.ts';
import { type Finding, tellProblems } from './problems.ts';

/** All that is told of one object. */
interface Told {
  /** `formatRef` of the object; empty for what no object holds. */
  readonly name: string;
  readonly findings: readonly Finding[];
  readonly problems: readonly Problem[];
}

export class ProblemTable {
  readonly #bySource = new Map<string, readonly Finding[]>();
  readonly #byObject = new Groups<Finding>();
  /** Objects of which something else is to be told than before. */
  readonly #touched = new Set<string>();
  #told: SortedList<Told> = EMPTY_LIST;
  #problems: readonly Problem[] = [];

  /** What this source finds in the place of what it found before. */
  set(source: string, findings: readonly Finding[]): void {
    const before = this.#bySource.get(source) ?? [];
    for (const finding of before) this.#byObject.delete(this.#touch(finding), finding);
    for (const finding of findings) this.#byObject.add(this.#touch(finding), finding);
    if (findings.length > 0) this.#bySource.set(source, findings);
    else if (before.length > 0) this.#bySource.delete(source);
  }

  /** Sorted, each once. The very same list while nothing is different. */
  tell(): readonly Problem[] {
    for (const { name, findings } of valuesOf(this.#told)) {
      if (hasLines(findings)) this.#touched.add(name);
    }
    if (this.#touched.size === 0) return this.#problems;
    const replaced = new Map(Array.from(this.#touched, (name) => [name, this.#tell(name)]));
    this.#touched.clear();
    this.#told = replaceInList(this.#told, replaced, ({ name }) => name);
    this.#problems = valuesOf(this.#told).flatMap(({ problems }) => problems);
    return this.#problems;
  }

  #tell(name: string): Told | null {
    const findings = [...this.#byObject.get(name)];
    return findings.length === 0
      ? null
      : { name, findings, problems: bounded(tellProblems(findings)) };
  }

  #touch({ object }: Finding): string {
    const name = object === null ? '' : formatRef(object);
    this.#touched.add(name);
    return name;
  }
}

/** One object may hold as many mistakes as it has paths, and the first ones tell enough. */
function bounded(problems: readonly Problem[]): readonly Problem[] {
  const [first] = problems;
  const untold = problems.length - limits.problemsPerObjectMax;
  if (first === undefined || untold <= 0) return problems;
  const message = `${untold} more problems of this object are not told`;
  const more = { ...first, field: '', reason: 'MoreProblems', message, position: null };
  return [more, ...problems.slice(0, limits.problemsPerObjectMax)];
}

/** The lines of a file move although the object does not change. */
function hasLines(findings: readonly Finding[]): boolean {
  return findings.some(({ object }) => object !== null && object.locate !== null);
}
