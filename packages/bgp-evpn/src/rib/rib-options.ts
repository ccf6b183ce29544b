/** What a RIB is made with. */
import type { Asn, IpAddress } from "@selvedge/net";
import type { MacVrfListener } from "./mac-vrf-change.ts";
import type { PolicyFailureListener } from "./policy-judge.ts";
import type { SegmentRoutersListener } from "./segment-routers.ts";
import type { RefreshListener } from "./update-group.ts";
import type { SendUpdates } from "./update-sender.ts";
import type { VrfRoutesListener } from "./vrf.ts";

/** Identity of the speaker, and where the RIB tells what changed. */
export interface RibOptions {
  readonly asn: Asn;
  /** BGP identifier (an IPv4 address). */
  readonly routerId: IpAddress;
  /** Cluster identifier of a reflector; the BGP identifier when absent (RFC 4456 section 7). */
  readonly clusterId?: IpAddress;
  readonly send: SendUpdates;
  readonly onVrfRoutes?: VrfRoutesListener;
  /** Marks the beginning and the end of what a peer is sent after `Rib.refresh`. */
  readonly onRefresh?: RefreshListener;
  readonly onMacVrfChanges?: MacVrfListener;
  readonly onSegmentRouters?: SegmentRoutersListener;
  /** Called when work appears in an idle RIB: arrange for `Rib.work` soon, do not call it here. */
  readonly onWork?: () => void;
  /** Told that a policy threw, or gave no verdict; the route is refused. May be called once a route. */
  readonly onPolicyFailure?: PolicyFailureListener;
}
