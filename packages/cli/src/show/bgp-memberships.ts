/** `show bgp rtc`: who wants the routes of which route targets (RFC 4684). */
import type { BgpMembershipsDocument } from "@selvedge/api";
import { formatTable, type TableColumn } from "../table.ts";

const COLUMNS: readonly TableColumn[] = [
  { title: "Route Target" },
  { title: "Bits", align: "right" },
  { title: "Origin AS", align: "right" },
  { title: "Wanted by" },
];

/** The text of `selvedge show bgp rtc`. */
export function formatBgpMemberships({ memberships }: BgpMembershipsDocument): string {
  const head =
    `Route target memberships: ${memberships.length}\n` +
    "default: all routes; local: imported here; *: passed on; S: stale\n\n";
  return (
    head +
    formatTable(
      COLUMNS,
      memberships.map(({ originAs, prefixLength, routeTarget, wantedBy }) => [
        routeTarget,
        String(prefixLength),
        originAs === undefined ? "-" : String(originAs),
        wantedBy
          .map(({ best, neighbor, stale }) => `${best ? "*" : ""}${stale ? "S" : ""}${neighbor}`)
          .join(", "),
      ]),
    )
  );
}
