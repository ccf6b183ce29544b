/** The endpoints of a lab and the reachability matrix as text tables. */
import { ipFamily } from "@selvedge/net";
import type { LabPlan } from "../plan/lab-plan.ts";
import type { ReachabilityMatrix } from "../probe/matrix.ts";

const SILENCE = "-";

/** Rows of cells as lines, each column as wide as its widest cell. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function formatEndpoints(plan: LabPlan): string {
  return formatTable([
    ["ENDPOINT", "HOST", "ADDRESSES", "NAMESPACE"],
    ...plan.workloads.map(({ endpoint, host, addresses, namespace }) => [
      endpoint,
      host,
      addresses.join("  "),
      namespace,
    ]),
  ]);
}

/** One table a family: who asks (rows), the address asked (columns), and who answered. */
export function formatMatrix(matrix: ReachabilityMatrix): string {
  const tables = ([4, 6] as const).flatMap((family) => {
    const columns = [...matrix.addresses.entries()].filter(
      ([, address]) => ipFamily(address) === family,
    );
    if (columns.length === 0) return [];
    return [
      formatTable([
        [`IPv${family}: FROM`, "ON", ...columns.map(([, address]) => address)],
        ...matrix.sources.map((source, row) => [
          source.endpoint,
          source.host,
          ...columns.map(([column]) => matrix.answers[row]?.[column] ?? SILENCE),
        ]),
      ]),
    ];
  });
  return tables.join("\n\n");
}
