// What one seeded run found: problems, and how often each kind of ending was met, so that a reader
// sees that a quiet run was not an empty one.

export class Findings {
  readonly problems: string[] = [];
  readonly tally = new Map<string, number>();

  report(problem: string): void {
    this.problems.push(problem);
  }

  count(ending: string): void {
    this.tally.set(ending, (this.tally.get(ending) ?? 0) + 1);
  }
}
