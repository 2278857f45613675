// Assertions: a failed one is our own mistake, never a user's and never a client's.

/** Throws when `condition` is false. The message says what was believed. */
export function assert(condition: boolean, belief: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${belief}`);
}

/** The value, known to be there. The message says why it must be. */
export function present<T>(value: T | null | undefined, belief: string): T {
  assert(value !== null && value !== undefined, belief);
  return value;
}
