/** `show macs`: where the MACs of bridged subnets are. */
import type { MacListDocument } from "@selvedge/api";
import { formatTable, type TableColumn } from "../table.ts";

const COLUMNS: readonly TableColumn[] = [
  { title: "Subnet" },
  { title: "VNI", align: "right" },
  { title: "MAC" },
  { title: "Type" },
  { title: "Interface/VTEP" },
  { title: "Endpoint/Host" },
  { title: "Addresses" },
];

/** The text of `selvedge show macs`. */
export function formatMacs({ macs }: MacListDocument): string {
  if (macs.length === 0) return "No MAC of a bridged subnet is known on this host\n";
  return formatTable(
    COLUMNS,
    macs.map((one) => [
      one.subnet,
      String(one.l2vni),
      one.mac,
      one.type,
      one.interface ?? one.vtepIp ?? "-",
      one.endpoint ?? one.host ?? "-",
      one.addresses.join(",") || "-",
    ]),
  );
}
