export interface TextTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Indexes of columns of words; all others hold numbers and are aligned right. */
  readonly leftColumns: readonly number[];
}

const BOLD = { on: "\u001b[1m", off: "\u001b[22m" };
const GAP = "  ";

/** Lines of equal columns, the head in bold where colours are wanted. */
export function renderTextTable(table: TextTable, style: { readonly isColoured: boolean }): string {
  const widths = table.head.map((title, column) =>
    Math.max(title.length, ...table.rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return table.leftColumns.includes(column) ? cell.padEnd(width) : cell.padStart(width);
      })
      .join(GAP)
      .trimEnd();
  const head = line(table.head);
  return [style.isColoured ? BOLD.on + head + BOLD.off : head, ...table.rows.map(line)].join("\n");
}
