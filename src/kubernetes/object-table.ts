// Values by namespace and name. Two maps deep, because to join the two texts for each look at a
// Service would cost more than all else that a rebuild does with it.

export class ObjectTable<Value> {
  readonly #byNamespace = new Map<string, Map<string, Value>>();

  get(namespace: string, name: string): Value | undefined {
    return this.#byNamespace.get(namespace)?.get(name);
  }

  set(namespace: string, name: string, value: Value): void {
    const named = this.#byNamespace.get(namespace);
    if (named === undefined) this.#byNamespace.set(namespace, new Map([[name, value]]));
    else named.set(name, value);
  }

  delete(namespace: string, name: string): void {
    const named = this.#byNamespace.get(namespace);
    named?.delete(name);
    if (named?.size === 0) this.#byNamespace.delete(namespace);
  }

  /** In no order that means anything; the same while no name comes or goes. */
  values(): Value[] {
    return [...this.#byNamespace.values()].flatMap((named) => [...named.values()]);
  }

  get size(): number {
    return this.#byNamespace.values().reduce((count, { size }) => count + size, 0);
  }
}
