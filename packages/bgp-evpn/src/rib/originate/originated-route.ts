/** A route as it is originated: NLRI, next hop, and the attributes that are not the same for all local routes. */
import type { IpAddress } from "@selvedge/net";
import type { ExtendedCommunity } from "../../wire/attribute/extended-community.ts";
import type { PmsiTunnel } from "../../wire/attribute/pmsi-tunnel.ts";
import type { EvpnRoute } from "../../wire/evpn/nlri.ts";

/** One local route as plain values. */
export interface OriginatedRoute {
  readonly route: EvpnRoute;
  readonly nextHop: IpAddress;
  /** In the order in which they are sent. */
  readonly communities: readonly ExtendedCommunity[];
  readonly pmsiTunnel?: PmsiTunnel;
}

/** Says that the labels are VNIs (RFC 8365 section 5.1.3, RFC 9012 section 4.1). */
export const VXLAN: ExtendedCommunity = { kind: "encapsulation", tunnelType: "vxlan" };
