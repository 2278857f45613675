// The clock that all threads of the process read alike: performance.now() counts from the start of
// its own thread. Time enters pure code as an argument, and this is where it comes from.

const MS_PER_SECOND = 1_000;
const NS_PER_MS = 1_000_000;

/** Milliseconds since some moment in the machine's past; it never goes back. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * MS_PER_SECOND + nanoseconds / NS_PER_MS;
}
