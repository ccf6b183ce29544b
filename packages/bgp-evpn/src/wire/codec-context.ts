/**
 * What a session has negotiated and both directions of the codec depend on.
 *
 * The codec keeps no state of its own: the same bytes in the same context always decode to the same value.
 */
import type { Family } from "./family.ts";

/** Negotiated and configured properties of a session, as far as bytes depend on them. */
export interface CodecContext {
  /** Both sides announced four-octet AS numbers: AS_PATH and AGGREGATOR carry them (RFC 6793). */
  readonly fourOctetAs: boolean;
  /** Both sides announced messages of up to 65535 octets (RFC 8654). */
  readonly extendedMessages: boolean;
  /** The peer is in our AS. Decides which attributes are expected and which are not accepted. */
  readonly ibgp: boolean;
  /**
   * Families that both sides announced. NLRI of other families in MP_REACH_NLRI and MP_UNREACH_NLRI are
   * not looked at. IPv4 unicast outside of these attributes is always read.
   */
  readonly families: readonly Family[];
  /**
   * Families in which each NLRI from the peer follows a four-octet path identifier (RFC 7911). For users of the codec,
   * such as a reader of captures: the sessions of a `Speaker` do not negotiate it.
   */
  readonly addPathReceive: readonly Family[];
}

/**
 * Before the OPENs have been exchanged, and for reading a capture of which nothing is known: an internal
 * session with what every current speaker negotiates.
 */
export const DEFAULT_CONTEXT: CodecContext = {
  fourOctetAs: true,
  extendedMessages: false,
  ibgp: true,
  families: ["ipv4-unicast", "ipv6-unicast", "l2vpn-evpn", "rtc"],
  addPathReceive: [],
};

/** Longest message without RFC 8654, and of OPEN and KEEPALIVE always (RFC 4271 section 4.1), in octets. */
export const MAX_MESSAGE_LENGTH = 4096;

/** Longest message with RFC 8654, in octets. */
export const MAX_EXTENDED_MESSAGE_LENGTH = 65535;

/** Longest UPDATE, NOTIFICATION or ROUTE-REFRESH that the session allows, in octets. */
export function maxMessageLength(context: CodecContext): number {
  return context.extendedMessages ? MAX_EXTENDED_MESSAGE_LENGTH : MAX_MESSAGE_LENGTH;
}
