/** Plain columns for terminals and pipes: no borders, no colour, two blanks between columns. */
import Table from "cli-table3";

/** A column and its title. */
export interface TableColumn {
  readonly title: string;
  /** Numbers stand to the right. */
  readonly align?: "left" | "right";
}

const NO_BORDERS = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};

/** Rows under their titles, one line a row, ending in a newline. */
export function formatTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
): string {
  const table = new Table({
    chars: NO_BORDERS,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
    colAligns: columns.map(({ align }) => align ?? "left"),
  });
  table.push(columns.map(({ title }) => title));
  for (const row of rows) table.push([...row]);
  const lines = table.toString().split("\n");
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}
