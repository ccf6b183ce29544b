/** The speaker under test and the sessions it may have, one of each kind that the RIB treats differently. */
import { parseAsn, parseIpAddress } from "@selvedge/net";
import type { RibPeer, StaleRoutes } from "../../../src/rib/peer.ts";
import { type CodecContext, DEFAULT_CONTEXT } from "../../../src/wire/codec-context.ts";

export const OWN_ASN = parseAsn(65000);
export const OWN_ROUTER_ID = parseIpAddress("10.0.0.1");
export const OWN_CLUSTER_ID = parseIpAddress("10.0.0.254");

/** A session that can come up. */
export interface SessionSlot {
  readonly name: string;
  readonly peer: RibPeer;
  readonly context: CodecContext;
}

interface SlotOptions {
  readonly asn?: number;
  readonly client?: boolean;
  readonly fourOctetAs?: boolean;
  readonly extendedMessages?: boolean;
  readonly staleRoutes?: StaleRoutes;
  /** With route target constraint (RFC 4684). */
  readonly constrained?: boolean;
}

/** A session with a peer whose router identifier and address are `address`. */
export function sessionSlot(name: string, address: string, options: SlotOptions = {}): SessionSlot {
  const { asn = OWN_ASN, client = false, fourOctetAs = true, extendedMessages = false } = options;
  const { staleRoutes } = options;
  const { constrained = false } = options;
  const ibgp = asn === OWN_ASN;
  return {
    name,
    peer: {
      kind: ibgp ? "ibgp" : "ebgp",
      reflectorClient: client,
      asn: parseAsn(asn),
      routerId: parseIpAddress(address),
      address: parseIpAddress(address),
      fourOctetAs,
      extendedMessages,
      ...(staleRoutes === undefined ? {} : { staleRoutes }),
      ...(constrained ? { membershipNextHop: OWN_ROUTER_ID } : {}),
    },
    context: {
      ...DEFAULT_CONTEXT,
      families: constrained ? ["l2vpn-evpn", "rtc"] : ["l2vpn-evpn"],
      ibgp,
      fourOctetAs,
      extendedMessages,
    },
  };
}

export const SLOTS: readonly SessionSlot[] = [
  sessionSlot("client A", "10.0.0.11", { client: true, staleRoutes: "sent" }),
  sessionSlot("client B", "10.0.0.12", { client: true, staleRoutes: "sent" }),
  sessionSlot("client C with two-octet AS numbers", "10.0.0.13", {
    client: true,
    fourOctetAs: false,
    staleRoutes: "lowered",
  }),
  sessionSlot("non-client D", "10.0.0.21"),
  sessionSlot("non-client E", "10.0.0.22"),
  sessionSlot("external F", "10.0.0.31", { asn: 65009, staleRoutes: "sent" }),
  sessionSlot("external G", "10.0.0.32", {
    asn: 65010,
    extendedMessages: true,
    staleRoutes: "lowered",
  }),
  sessionSlot("constrained client H", "10.0.0.14", {
    client: true,
    constrained: true,
    staleRoutes: "sent",
  }),
  sessionSlot("constrained client I", "10.0.0.15", {
    client: true,
    constrained: true,
    staleRoutes: "sent",
  }),
  sessionSlot("constrained non-client J", "10.0.0.23", { constrained: true }),
  sessionSlot("constrained non-client K", "10.0.0.24", { constrained: true }),
  sessionSlot("constrained external L", "10.0.0.33", {
    asn: 65011,
    constrained: true,
    staleRoutes: "lowered",
  }),
  // With other capabilities when they come back.
  sessionSlot("client A with constraint", "10.0.0.11", { client: true, constrained: true }),
  sessionSlot("client H without constraint", "10.0.0.14", { client: true, fourOctetAs: false }),
];
