// How often something was done and how long it took in all: what a scrape needs for a mean.

export class Durations {
  #count = 0;
  #sumMs = 0;

  record(durationMs: number): void {
    this.#count += 1;
    this.#sumMs += durationMs;
  }

  get count(): number {
    return this.#count;
  }

  get sumSeconds(): number {
    return this.#sumMs / 1_000;
  }
}
