// Which endpoints of an upstream take requests, given which are ejected. Pure.

/**
 * The members that may be used. `untilMs` says for each when its ejection ends, 0 for none. At most
 * half of them are left out, those whose ejection lasts longest: the rest must carry the traffic.
 * When all are ejected, which to avoid is unknown, and all are used.
 */
export function usableEndpoints<T>(members: readonly T[], untilMs: readonly number[]): T[] {
  const ejected = untilMs.flatMap((until, index) => (until > 0 ? [index] : []));
  if (ejected.length === 0 || ejected.length === members.length) return [...members];
  ejected.sort((a, b) => untilMs[b]! - untilMs[a]! || a - b);
  const leftOut = new Set(ejected.slice(0, Math.floor(members.length / 2)));
  return members.filter((_, index) => !leftOut.has(index));
}
