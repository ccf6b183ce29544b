/** `show vteps`: the other ends of VXLAN, and what the paths to them carry. */
import type { VtepListDocument } from "@selvedge/api";
import { formatTable, type TableColumn } from "../table.ts";

const COLUMNS: readonly TableColumn[] = [
  { title: "VTEP" },
  { title: "Host" },
  { title: "VRFs", align: "right" },
  { title: "Path" },
  { title: "Path MTU", align: "right" },
];

/** The text of `selvedge show vteps`. */
export function formatVteps({ local, vteps }: VtepListDocument): string {
  if (local === undefined) return "No VRF has an endpoint on this host\n";
  const head = `Local VTEP ${local.vtepIp}, underlay MTU ${local.underlayMtu}\n\n`;
  if (vteps.length === 0) return `${head}No route leads to another VTEP\n`;
  const table = formatTable(
    COLUMNS,
    vteps.map(({ vtepIp, host, vrfs, path, pathMtu }) => [
      vtepIp,
      host ?? "-",
      String(vrfs.length),
      path,
      String(pathMtu ?? "-"),
    ]),
  );
  const reasons = vteps.flatMap(({ vtepIp, reason }) =>
    reason === undefined ? [] : [`${vtepIp}: ${reason}\n`],
  );
  return [head, table, ...reasons].join("");
}
