/**
 * Columns for lists of any length, of which more lines may come later: two blanks between columns, and none at the end of
 * a line. Tables that are printed once and need numbers to the right are table.ts's.
 */

/** Lines of one table; a line that comes later keeps to the widths of those before. */
export class Columns {
  readonly #titles: readonly string[];
  #widths: readonly number[];

  constructor(titles: readonly string[]) {
    this.#titles = titles;
    this.#widths = titles.map(({ length }) => length);
  }

  /** The titles and the rows below them. */
  table(rows: readonly (readonly string[])[]): string {
    this.#widths = this.#titles.map(({ length }, column) =>
      rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), length),
    );
    return [this.#titles, ...rows].map((row) => this.line(row)).join("");
  }

  line(cells: readonly string[]): string {
    const padded = cells.map((cell, column) => cell.padEnd(this.#widths[column] ?? 0));
    return `${padded.join("  ").trimEnd()}\n`;
  }
}
