/** `show bgp l2vpn evpn vni` in FRR's columns, and one VNI of it: the L3VNIs of the VRFs that this host carries. */
import type { VrfListDocument, VrfStatusDocument } from "@selvedge/api";
import { formatTable, type TableColumn } from "../table.ts";

const COLUMNS: readonly TableColumn[] = [
  { title: "  VNI" },
  { title: "Type" },
  { title: "RD" },
  { title: "Import RT" },
  { title: "Export RT" },
  { title: "Tenant VRF" },
];

/** The text of `selvedge show bgp l2vpn evpn vni`. */
export function formatEvpnVnis({ vrfs }: VrfListDocument): string {
  const head = `Number of L3 VNIs: ${vrfs.length}\nFlags: * - Kernel\n`;
  return (
    head +
    formatTable(
      COLUMNS,
      vrfs.map(({ exportRts, importRts, name, rd, state, vni }) => [
        `${state === "Up" ? "*" : " "} ${vni}`,
        "L3",
        rd,
        importRts.join(", "),
        exportRts.join(", "),
        name,
      ]),
    )
  );
}

/** The text of `selvedge show bgp l2vpn evpn vni VNI`. */
export function formatEvpnVni(vrf: VrfStatusDocument): string {
  return [
    `VNI: ${vrf.vni} (${vrf.state === "Up" ? "known to the kernel" : vrf.state})`,
    "  Type: L3",
    `  Tenant VRF: ${vrf.name}`,
    `  RD: ${vrf.rd}`,
    `  Originator IP: ${vrf.vtepIp}`,
    `  Router's MAC: ${vrf.routerMac}`,
    "  Import Route Target:",
    ...vrf.importRts.map((target) => `    ${target}`),
    "  Export Route Target:",
    ...vrf.exportRts.map((target) => `    ${target}`),
    `  Endpoints: ${vrf.numEndpoints}`,
    `  Imported routes: ${vrf.numRemoteRoutes} through ${vrf.numRemoteVteps} VTEPs`,
    ...(vrf.reason === undefined ? [] : [`  Reason: ${vrf.reason}`]),
    "",
  ].join("\n");
}
