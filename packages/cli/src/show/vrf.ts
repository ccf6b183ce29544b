/** `show vrf`: FRR's columns of `show vrf vni`, and what this host carries in each VRF. */
import type { VrfListDocument } from "@selvedge/api";
import { formatTable, type TableColumn } from "../table.ts";

const COLUMNS: readonly TableColumn[] = [
  { title: "VRF" },
  { title: "VNI", align: "right" },
  { title: "VxLAN IF" },
  { title: "Netns" },
  { title: "State" },
  { title: "Rmac" },
  { title: "RD" },
  { title: "Import RT" },
  { title: "Export RT" },
  { title: "Endpoints", align: "right" },
  { title: "VTEPs", align: "right" },
  { title: "Routes", align: "right" },
];

/** The text of `selvedge show vrf`. */
export function formatVrfs({ vrfs }: VrfListDocument): string {
  if (vrfs.length === 0) return "No VRF has an endpoint on this host\n";
  const table = formatTable(
    COLUMNS,
    vrfs.map((vrf) => [
      vrf.name,
      String(vrf.vni),
      vrf.vxlanInterface,
      vrf.namespace,
      vrf.state,
      vrf.routerMac,
      vrf.rd,
      vrf.importRts.join(","),
      vrf.exportRts.join(","),
      String(vrf.numEndpoints),
      String(vrf.numRemoteVteps),
      String(vrf.numRemoteRoutes),
    ]),
  );
  const reasons = vrfs.flatMap(({ name, reason }) =>
    reason === undefined ? [] : [`${name}: ${reason}\n`],
  );
  const repairs = vrfs.flatMap(({ name, numRepairs }) =>
    numRepairs === 0 ? [] : [`${name}: repaired what others had changed: ${numRepairs}\n`],
  );
  return [table, ...reasons, ...repairs].join("");
}
