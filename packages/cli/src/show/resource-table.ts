/** Tables of the API as text: which of the server's columns are shown, and what is shown beside them. */
import type { TableDocument, TableRow } from "@selvedge/api";

export interface TableView {
  /** With the columns that the server has for those who want more. */
  readonly isWide: boolean;
  readonly showsTenant: boolean;
  readonly showsLabels: boolean;
  /** Before each name, where resources of several kinds are shown: `vrfs/`. */
  readonly prefix: string;
}

/** As the server's tables write what is not there. */
const NONE = "<none>";

/** The titles, in capitals. */
export function tableTitles({ columnDefinitions }: TableDocument, view: TableView): string[] {
  const shown = columnDefinitions.filter(({ priority }) => view.isWide || priority === 0);
  return [
    ...(view.showsTenant ? ["TENANT"] : []),
    ...shown.map(({ name }) => name.toUpperCase()),
    ...(view.showsLabels ? ["LABELS"] : []),
  ];
}

/** The cells of each row under these titles. */
export function tableCells(
  { columnDefinitions, rows }: TableDocument,
  view: TableView,
): string[][] {
  return rows.map((row) => {
    const cells = row.cells.flatMap((cell, column) => {
      const { priority = 0, name = "" } = columnDefinitions[column] ?? {};
      if (!view.isWide && priority !== 0) return [];
      return [`${name === "Name" ? view.prefix : ""}${cell === null ? NONE : String(cell)}`];
    });
    return [
      ...(view.showsTenant ? [row.object?.metadata.namespace ?? NONE] : []),
      ...cells,
      ...(view.showsLabels ? [labelsOf(row)] : []),
    ];
  });
}

function labelsOf({ object }: TableRow): string {
  const labels = Object.entries(object?.metadata.labels ?? {});
  if (labels.length === 0) return NONE;
  return labels.map(([name, value]) => `${name}=${value}`).join(",");
}
