/** `show bgp summary` in FRR's columns. */
import type { BgpPeerSummary, BgpSummaryDocument } from "@selvedge/api";
import { formatTable, type TableColumn } from "../table.ts";

const COLUMNS: readonly TableColumn[] = [
  { title: "Neighbor" },
  { title: "V", align: "right" },
  { title: "AS", align: "right" },
  { title: "MsgRcvd", align: "right" },
  { title: "MsgSent", align: "right" },
  { title: "TblVer", align: "right" },
  { title: "InQ", align: "right" },
  { title: "OutQ", align: "right" },
  { title: "Up/Down", align: "right" },
  { title: "State/PfxRcd", align: "right" },
  { title: "PfxSnt", align: "right" },
  { title: "Desc" },
];

/** The text of `selvedge show bgp summary`. */
export function formatBgpSummary({ l2VpnEvpn: family }: BgpSummaryDocument): string {
  const peers = Object.entries(family.peers);
  const head = [
    "L2VPN EVPN Summary (VRF default):",
    `BGP router identifier ${family.routerId}, local AS number ${family.as}`,
    ...(family.clusterId === undefined ? [] : [`BGP cluster identifier ${family.clusterId}`]),
    `BGP table version ${family.tableVersion}`,
    `RIB entries ${family.ribCount}, using ${formatBytes(family.ribMemory)} of memory`,
    `Peers ${family.peerCount}`,
    "",
  ].join("\n");
  const errors = peers
    .filter(([, peer]) => peer.state !== "Established" && peer.lastError !== undefined)
    .map(([address, peer]) => `${address}: last error: ${peer.lastError}\n`);
  const dynamic = peers.filter(([, peer]) => peer.dynamicPeer === true).length;
  return [
    `${head}\n`,
    formatTable(
      COLUMNS,
      peers.map(([address, peer]) => peerRow(address, peer)),
    ),
    `\nTotal number of neighbors ${peers.length}\n`,
    ...(dynamic === 0 ? [] : [`* - dynamic neighbor\n${dynamic} dynamic neighbor(s)\n`]),
    ...(errors.length === 0 ? [] : ["\n", ...errors]),
  ].join("");
}

function peerRow(address: string, peer: BgpPeerSummary): readonly string[] {
  const established = peer.state === "Established";
  return [
    peer.dynamicPeer === true ? `*${address}` : address,
    String(peer.version),
    String(peer.remoteAs),
    String(peer.msgRcvd),
    String(peer.msgSent),
    String(peer.tableVersion),
    String(peer.inq),
    String(peer.outq),
    peer.peerUptime,
    established ? String(peer.pfxRcd) : peer.state,
    String(peer.pfxSnt),
    peer.desc ?? "N/A",
  ];
}

function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KiB`;
  return `${Math.round(bytes / (1024 * 1024))} MiB`;
}
