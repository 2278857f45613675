// The names of a set in order, when the set is much the same each time: the sort begins from the
// last order, and to sort what is nearly in order takes one comparison for each name.

export class SortedNames {
  #last: readonly string[] = [];

  /** By UTF-16 code units. The very same array while the names are the same. */
  of(names: ReadonlySetLike<string>): readonly string[] {
    const kept = this.#last.filter((name) => names.has(name));
    if (kept.length === names.size && kept.length === this.#last.length) return this.#last;
    this.#last = [...kept, ...without(names, kept)].sort(compare);
    return this.#last;
  }
}

function without(names: ReadonlySetLike<string>, kept: readonly string[]): Iterable<string> {
  if (names.size === kept.length) return [];
  return new Set(kept).symmetricDifference(names);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
