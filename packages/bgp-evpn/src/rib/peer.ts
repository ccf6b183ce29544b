/**
 * What the RIB knows of a BGP peer, and what it counts for one.
 *
 * A peer here is one established session: the session layer adds it when the session comes up and
 * removes it when the session ends; a peer that comes back gets a new identifier.
 */
import type { Asn, IpAddress } from "@selvedge/net";
import type { RoutePolicy } from "./policy.ts";

declare const peerId: unique symbol;

/** Identifies one established session inside one RIB; handed out by `Rib.addPeer`. */
export type PeerId = number & { readonly [peerId]: true };

/**
 * How a peer is told of routes with LLGR_STALE (RFC 9494): as they are, when it announced the capability (section 4.3);
 * with NO_EXPORT and a LOCAL_PREF of 0, to an internal peer that did not (section 4.6).
 */
export type StaleRoutes = "sent" | "lowered";

/** What was negotiated and configured for a session, as far as routes depend on it. */
export interface RibPeer {
  readonly kind: "ibgp" | "ebgp";
  /** The peer is a client of this route reflector (RFC 4456 section 4); iBGP only. */
  readonly reflectorClient: boolean;
  readonly asn: Asn;
  /** BGP identifier from the peer's OPEN; the decision process breaks ties on it. */
  readonly routerId: IpAddress;
  /** Remote address of the session, the last tie-breaker. */
  readonly address: IpAddress;
  /** Both sides announced four-octet AS numbers (RFC 6793). */
  readonly fourOctetAs: boolean;
  /** Both sides announced messages of up to 65535 octets (RFC 8654). */
  readonly extendedMessages: boolean;
  /** Whether it is sent routes with LLGR_STALE; they are withheld when absent. */
  readonly staleRoutes?: StaleRoutes;
  /**
   * The session exchanges route target memberships (RFC 4684), and this is its local address, their next hop. Absent:
   * it does not, and the peer gets all routes.
   */
  readonly membershipNextHop?: IpAddress;
  /** Decides of the routes that the peer announces; all are taken when absent. */
  readonly importPolicy?: RoutePolicy | undefined;
  /** Decides of the routes that the peer is told; all are told when absent. */
  readonly exportPolicy?: RoutePolicy | undefined;
}

/**
 * Which paths of a peer outlive its session: every one, or those that it has only passed on. Its own are those that
 * were originated in its place (no ORIGINATOR_ID, and no AS but its own in AS_PATH) or lead to its address.
 */
export type KeptPaths = "all" | "reflected";

/** Figures of one peer. */
export interface PeerCounts {
  /** Paths held from this peer, refused ones too. */
  readonly paths: number;
  /** How many of them have not been announced again since a restart or a refresh of the peer began. */
  readonly stalePaths: number;
  /** How many of them are the best path of their NLRI. */
  readonly bestPaths: number;
  /** Routes this peer has been told and not been told to forget. */
  readonly advertised: number;
  /** Announcements that repeated what was held. */
  readonly duplicates: number;
  /** The peer has sent its End-of-RIB (RFC 4724 section 2). */
  readonly endOfRibReceived: boolean;
  /** NLRIs kept out of the table since the session came up, by reason. */
  readonly rejected: Readonly<Record<RejectReason, number>>;
  /** Paths held that the import policy refuses, by its reason. */
  readonly refused: Readonly<Record<string, number>>;
  /**
   * `replaying`: it is being told the table or what it missed; `blocked`: it must drain first.
   * Undefined while it has no session and its paths are retained.
   */
  readonly output: "synchronised" | "replaying" | "blocked" | undefined;
  /** Undefined when the peer does not take part in route target constraint (RFC 4684). */
  readonly memberships: MembershipCounts | undefined;
}

/** Route target memberships of one peer. */
export interface MembershipCounts {
  /** Those that the peer has announced. */
  readonly received: number;
  /** Those that the peer has been told. */
  readonly sent: number;
  /** The peer has sent the family's End-of-RIB (RFC 4684 section 6). */
  readonly endOfRibReceived: boolean;
}

/**
 * Why an announced NLRI was kept out of the table (a path the peer had announced before is
 * withdrawn in each case).
 */
export type RejectReason =
  /** Own AS in AS_PATH (RFC 4271 section 9.1.2). */
  | "as-loop"
  /** Own router identifier in ORIGINATOR_ID (RFC 4456 section 8). */
  | "originator-loop"
  /** Own cluster identifier in CLUSTER_LIST (RFC 4456 section 8). */
  | "cluster-loop"
  /** A malformed attribute (RFC 7606 treat-as-withdraw). */
  | "malformed"
  /** Route type 5 with an overlay index that means withdraw (RFC 9136 section 3.1). */
  | "overlay-index";
