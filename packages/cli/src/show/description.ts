/** A description as text: fields under each other, lists and tables below theirs. Pure. */
import { Columns } from "../columns.ts";

/** The value of a field: a line, lines under each other, or a table. Nothing is shown as `<none>`. */
export type DescribedValue = string | readonly string[] | DescribedTable;

export interface DescribedTable {
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Fields in their order; undefined ones are left out. */
export type Description = readonly (readonly [label: string, value: DescribedValue | undefined])[];

const NONE = "<none>";
const INDENT = "  ";

/** Ends in a newline. */
export function formatDescription(description: Description): string {
  const width = Math.max(...description.map(([label]) => label.length)) + 3;
  const lines = description.flatMap(([label, value]) =>
    value === undefined ? [] : fieldLines(`${label}:`, value, width),
  );
  return lines.map((line) => `${line}\n`).join("");
}

function fieldLines(label: string, value: DescribedValue, width: number): string[] {
  if (typeof value === "object" && "rows" in value) {
    if (value.rows.length === 0) return [label.padEnd(width) + NONE];
    const table = new Columns(value.titles).table(value.rows).trimEnd().split("\n");
    return [label, ...table.map((line) => INDENT + line)];
  }
  const [first = NONE, ...rest] = typeof value === "string" ? [value || NONE] : value;
  return [label.padEnd(width) + first, ...rest.map((line) => " ".repeat(width) + line)];
}
