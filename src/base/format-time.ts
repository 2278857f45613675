// A moment as text. Pure, although it asks Date: which moment is an argument.

/** As `2026-01-31T09:30:00.000Z`; `timeMs` is in milliseconds since 1970. */
export function formatTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
