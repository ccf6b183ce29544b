/** The paths of the API, for server and client alike. */
export const API_PATHS = {
  status: "/status",
  bgpSummary: "/bgp/summary",
  bgpNeighbors: "/bgp/neighbors",
  bgpMemberships: "/bgp/memberships",
  bgpClear: "/bgp/clear",
  evpnRoutes: "/evpn/routes",
  vrfs: "/vrfs",
  vteps: "/vteps",
  macs: "/macs",
  endpoints: "/endpoints",
  attachments: "/attachments",
} as const;

/** What is asked of IPAM: of agents, and of servers without one. */
export const IPAM_PATHS = {
  pools: "/ipam/pools",
  blocks: "/ipam/blocks",
  addresses: "/ipam/addresses",
  findings: "/ipam/findings",
  repairs: "/ipam/repairs",
} as const;

/** Path of the routes of a neighbour; `address` may be a placeholder of the server's. */
export function neighborRoutesPath(address: string, direction: "received" | "advertised"): string {
  return `${API_PATHS.bgpNeighbors}/${address}/${direction}-routes`;
}
