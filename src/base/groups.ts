// Values that belong together by a key: many values for each key, and no key without any.

const NONE: ReadonlySet<never> = new Set();

export class Groups<Value> {
  readonly #groups = new Map<string, Set<Value>>();

  /** In the order in which they came; valid until the next change of the group. */
  get(key: string): ReadonlySet<Value> {
    return this.#groups.get(key) ?? NONE;
  }

  /** Of the groups, in the order in which they came. */
  keys(): Iterable<string> {
    return this.#groups.keys();
  }

  add(key: string, value: Value): void {
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, new Set([value]));
    else group.add(value);
  }

  delete(key: string, value: Value): void {
    const group = this.#groups.get(key);
    group?.delete(value);
    if (group?.size === 0) this.#groups.delete(key);
  }
}
