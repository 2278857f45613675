// Work that can be put aside: a generator that yields wherever a pause would do no harm. It is as
// pure as what it computes; whoever runs it says when to pause, and for how long.

/** Yields nothing, returns the result. */
export type Sliced<T> = Generator<undefined, T, undefined>;

/** The result, without any pause. */
export function finish<T>(work: Sliced<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}
