// What one thing was told to be, in order, and which of it a request may still meet. A value may
// take effect as soon as it is told; who has seen it rules out all before it for requests that
// begin later, and so does the time it may take at most. Time comes in as an argument.

interface Entry<T> {
  readonly value: T;
  readonly toldMs: number;
}

interface Sighting {
  readonly seenMs: number;
  readonly index: number;
}

/** When a value that was told at this time is in force at the latest. */
export type InForceMs = (toldMs: number) => number;

export class Timeline<T> {
  readonly #inForceMs: InForceMs;
  readonly #entries: Entry<T>[];
  #sightings: Sighting[] = [];

  constructor(first: T, inForceMs: InForceMs) {
    this.#inForceMs = inForceMs;
    this.#entries = [{ value: first, toldMs: Number.NEGATIVE_INFINITY }];
  }

  get last(): T {
    return (this.#entries.at(-1) as Entry<T>).value;
  }

  tell(value: T, nowMs: number): void {
    this.#entries.push({ value, toldMs: nowMs });
  }

  /** The values that a request may meet which begins and ends at these times, the oldest first. */
  between(beginMs: number, endMs: number): readonly T[] {
    return this.#window(beginMs, endMs).map(({ value }) => value);
  }

  /** A request met a value that `matches`: whatever is older is over when the request ends. */
  saw(matches: (value: T) => boolean, beginMs: number, endMs: number): void {
    const first = this.#firstAt(beginMs);
    const offset = this.#window(beginMs, endMs).findIndex(({ value }) => matches(value));
    if (offset >= 0) this.#sight(first + offset, endMs);
  }

  /** The last value is in force from here on, as somebody was told who asked for it. */
  confirm(nowMs: number): void {
    this.#sight(this.#entries.length - 1, nowMs);
  }

  /** Another process may know less than what was seen of the one before. */
  forgetSightings(): void {
    this.#sightings = [];
  }

  #sight(index: number, seenMs: number): void {
    if (index > (this.#sightings.at(-1)?.index ?? 0)) this.#sightings.push({ seenMs, index });
  }

  #window(beginMs: number, endMs: number): readonly Entry<T>[] {
    return this.#entries.slice(this.#firstAt(beginMs)).filter(({ toldMs }) => toldMs <= endMs);
  }

  #firstAt(beginMs: number): number {
    const seen = this.#sightings.findLast(({ seenMs }) => seenMs <= beginMs)?.index ?? 0;
    for (let index = this.#entries.length - 1; index > seen; index -= 1) {
      if (this.#inForceMs((this.#entries[index] as Entry<T>).toldMs) <= beginMs) return index;
    }
    return seen;
  }
}
