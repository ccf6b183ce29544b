/** Configurations of plain iBGP peers of AS 65000, as texts. */

/** Lines for one neighbour of bgpd. */
export interface FrrNeighbor {
  readonly address: string;
  /** Further lines below `neighbor ADDRESS`, such as "dont-capability-negotiate". */
  readonly options?: readonly string[];
  /** The same in the address family, such as "route-reflector-client". */
  readonly familyOptions?: readonly string[];
}

/** bgpd with EVPN neighbours; `more` are lines of the router and of the address family. */
export function bgpdConfig(
  routerId: string,
  neighbors: readonly FrrNeighbor[],
  more: { readonly router?: readonly string[]; readonly family?: readonly string[] } = {},
): string {
  const lines = neighbors.flatMap(({ address, options = [] }) =>
    ["remote-as 65000", "timers 3 9", "timers connect 1", ...options].map(
      (option) => ` neighbor ${address} ${option}`,
    ),
  );
  const familyLines = neighbors.flatMap(({ address, familyOptions = [] }) =>
    ["activate", ...familyOptions].map((option) => `  neighbor ${address} ${option}`),
  );
  return [
    "router bgp 65000",
    ` bgp router-id ${routerId}`,
    " no bgp default ipv4-unicast",
    " bgp graceful-restart",
    ...(more.router ?? []).map((line) => ` ${line}`),
    ...lines,
    " address-family l2vpn evpn",
    ...familyLines,
    ...(more.family ?? []).map((line) => `  ${line}`),
    " exit-address-family",
    "",
  ].join("\n");
}

const RTC = `
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "rtc"
`;

/** GoBGP with EVPN neighbours and graceful restart; `rtc`: and route target constraint. */
export function gobgpConfig(
  routerId: string,
  neighbors: readonly string[],
  { rtc = false }: { readonly rtc?: boolean } = {},
): string {
  const one = (address: string): string => `
[[neighbors]]
  [neighbors.config]
    neighbor-address = "${address}"
    peer-as = 65000
  [neighbors.timers.config]
    hold-time = 9
    keepalive-interval = 3
    connect-retry = 1
  [neighbors.graceful-restart.config]
    enabled = true
    restart-time = 60
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "l2vpn-evpn"
    [neighbors.afi-safis.mp-graceful-restart.config]
      enabled = true
`;
  return `
[global.config]
  as = 65000
  router-id = "${routerId}"
${neighbors.map((address) => one(address) + (rtc ? RTC : "")).join("")}`;
}
