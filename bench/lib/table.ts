// Tables of what was measured, and as aligned text: the first column to the left, all others to
// the right.

/** `rows[0]` is the heading. Every row has as many cells as the heading. */
export interface Table {
  /** Empty where the question has only one table. */
  readonly title: string;
  readonly rows: readonly (readonly string[])[];
}

export function formatTable(rows: Table['rows']): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const lines = rows.map((row) =>
    row.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join('  '),
  );
  lines.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** Each below its title, with a blank line between two. */
export function formatTables(tables: readonly Table[]): string {
  return tables
    .map(({ title, rows }) => (title === '' ? '' : `${title}\n`) + formatTable(rows))
    .join('\n');
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
