/** The paths of the API, for server and client alike. */
export const API_PATHS = {
  status: "/status",
  bgpSummary: "/bgp/summary",
  evpnRoutes: "/evpn/routes",
  vrfs: "/vrfs",
  endpoints: "/endpoints",
  attachments: "/attachments",
} as const;
