// Copies the field lines of a head that are to be forwarded, untouched and in order. Neighbouring
// lines leave as one slice, so a head in which nothing is dropped costs one.

import type { FieldLines } from './field-lines.ts';
import type { Field } from './field-names.ts';

/** Which fields stay behind, by Field. */
export function dropTable(...fields: readonly Field[]): Uint8Array {
  const table = new Uint8Array(16);
  for (const field of fields) table[field] = 1;
  return table;
}

/** The text from `start` to the last line's end, without the lines whose field `drops` marks. */
export function keptLines(
  lines: FieldLines,
  text: string,
  start: number,
  drops: Uint8Array,
): string {
  let out = '';
  let runStart = start;
  for (let line = 0; line < lines.count; line += 1) {
    if (drops[lines.field(line)] === 1) {
      const dropStart = lines.lineStart(line);
      if (dropStart > runStart) out += text.slice(runStart, dropStart);
      runStart = lines.lineEnd(line);
    }
  }
  return lines.end > runStart ? out + text.slice(runStart, lines.end) : out;
}
